// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// Start line and headers of one message: the lines kept (unfolded, each ended by one LF, capped) and the facts that
/// framing needs, which are taken from every line, also from those beyond the cap.
/// </summary>
internal sealed class Http1Head
{
    private const int MaxUnkeptLine = 512;

    private KeptBytes _lines;
    private KeptBytes _unkept;    // the current line once the cap is reached
    private int _lineStart;
    private bool _full;
    private bool _atLineStart;
    private bool _lastWasReturn;
    private bool _inFold; // among the blanks that a folded line begins with
    private long _lineBytes;
    private int _cap;
    private Http1StartLineParts _start;

    /// <summary>True for a request, false for a response.</summary>
    public bool IsRequest { get; private set; }

    /// <summary>True once the start line was read and understood.</summary>
    public bool HasStartLine { get; private set; }

    /// <summary>True once the empty line behind the headers was read.</summary>
    public bool IsDone { get; private set; }

    /// <summary>True when headers are missing because they passed the cap.</summary>
    public bool IsCapped => _full;

    /// <summary>The digit behind "HTTP/1."; 1 with another version, -1 without one.</summary>
    public int MinorVersion => _start.MinorVersion;

    /// <summary>The version as sent, where it is another one than "1." and a digit; else empty.</summary>
    public ReadOnlySpan<byte> OddVersion => _lines.Span[_start.OddVersion];

    /// <summary>Status code of a response; 0 when its status line has none.</summary>
    public int Status => _start.Status;

    /// <summary>True for a response that is followed by another one to the same request (1xx but 101).</summary>
    public bool IsInterim => Status is >= 100 and < 200 and not 101;

    /// <summary>What the headers say of the body's framing.</summary>
    public Http1Framing Framing;

    /// <summary>Method of a request.</summary>
    public ReadOnlySpan<byte> Method => _lines.Span[_start.Method];

    /// <summary>Target of a request.</summary>
    public ReadOnlySpan<byte> Target => _lines.Span[_start.Target];

    /// <summary>True for a HEAD request: its response has no body, whatever its headers say.</summary>
    public bool IsHead => IsRequest && Method.SequenceEqual("HEAD"u8);

    /// <summary>True for a CONNECT request.</summary>
    public bool IsConnect => IsRequest && Method.SequenceEqual("CONNECT"u8);

    /// <summary>The lines kept, start line first.</summary>
    public ReadOnlySpan<byte> Lines => _lines.Span;

    /// <summary>Bytes of memory held.</summary>
    public int Kept => _lines.Length;

    /// <summary>Begins a message.</summary>
    public void Begin(bool isRequest, int cap)
    {
        Release();
        IsRequest = isRequest;
        _cap = cap;
        _atLineStart = true;
    }

    /// <summary>Gives the arrays back and forgets everything.</summary>
    public void Release()
    {
        _lines.Release();
        _unkept.Release();
        _lineStart = 0;
        _full = _atLineStart = _lastWasReturn = _inFold = HasStartLine = IsDone = false;
        _lineBytes = 0;
        _start = default;
        Framing = default;
    }

    /// <summary>Takes bytes of the current line (never an LF). False: this is no such message.</summary>
    public bool Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return true;
        }

        if (_inFold)
        {
            bytes = bytes.TrimStart(" \t"u8);
            _inFold = bytes.IsEmpty;
        }
        else if (_atLineStart)
        {
            _atLineStart = false;
            if (HasStartLine && bytes[0] is (byte)' ' or (byte)'\t')
            {
                bytes = Fold(bytes);
            }
            else if (bytes[0] != '\r')
            {
                EndLogicalLine();
            }
        }

        if (_lastWasReturn && bytes.Length > 0)
        {
            Framing.Warnings |= Http1Warnings.BareReturn;
            Keep("\r"u8); // a CR inside a line is kept as it was sent
            _lineBytes++;
            _lastWasReturn = false;
        }

        if (bytes.Length > 0 && bytes[^1] == '\r')
        {
            _lastWasReturn = true;
            bytes = bytes[..^1];
        }

        Framing.Warnings |= bytes.Contains((byte)'\r') ? Http1Warnings.BareReturn : 0;
        _lineBytes += bytes.Length;
        Keep(bytes);
        return HasStartLine || (!_full && MayBeStartLine());
    }

    /// <summary>The line has ended (LF). False: this is no such message.</summary>
    public bool EndLine()
    {
        var empty = _lineBytes == 0;
        _lastWasReturn = _inFold = false;
        _lineBytes = 0;
        _atLineStart = true;
        if (!HasStartLine)
        {
            return ParseStartLine();
        }

        if (empty)
        {
            EndLogicalLine();
            IsDone = true;
        }

        return true;
    }

    // RFC 9112 section 5.2: a line that begins with blanks continues the one before it.
    private ReadOnlySpan<byte> Fold(ReadOnlySpan<byte> bytes)
    {
        Framing.Warnings |= Http1Warnings.ObsoleteFolding;
        Keep(" "u8);
        _lineBytes++; // a line of blanks alone is no end of the headers
        bytes = bytes.TrimStart(" \t"u8);
        _inFold = bytes.IsEmpty;
        return bytes;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (!_full && _lines.TryAppend(bytes, _cap))
        {
            return;
        }

        if (!_full)
        {
            _full = true;
            _unkept.AppendPrefix(_lines.Span[_lineStart..], MaxUnkeptLine);
            _lines.CutTo(_lineStart);
        }

        _unkept.AppendPrefix(bytes, MaxUnkeptLine);
    }

    private void EndLogicalLine()
    {
        if (!HasStartLine)
        {
            return;
        }

        var line = _full ? _unkept.Span : _lines.Span[_lineStart..];
        if (line.Length > 0)
        {
            Framing.TakeHeader(line);
        }

        if (_full)
        {
            _unkept.CutTo(0);
        }
        else if (line.Length > 0)
        {
            Keep("\n"u8);
            _lineStart = _lines.Length;
        }
    }

    private bool MayBeStartLine()
    {
        var start = _lines.Span[..Math.Min(_lines.Length, Http1StartLine.MaxMethod + 1)];
        return IsRequest ? Http1StartLine.MayBeRequest(start) : Http1StartLine.MayBeStatus(start, lenient: true);
    }

    private bool ParseStartLine()
    {
        var line = _lines.Span;
        HasStartLine = IsRequest
            ? Http1StartLine.TryParseRequest(line, lenient: true, out _start)
            : Http1StartLine.TryParseStatus(line, lenient: true, out _start);
        Framing.Warnings |= _start.Warnings;
        if (!HasStartLine || !_lines.TryAppend("\n"u8, _cap + 1))
        {
            return false;
        }

        _lineStart = _lines.Length;
        return true;
    }
}
