// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// Start line and headers of one message: the lines kept (unfolded, each ended by one LF, capped) and the facts that
/// framing needs, which are taken from every line, also from those beyond the cap.
/// </summary>
internal sealed class Http1Head(ArrayPool<byte>? pool)
{
    private const int MaxUnkeptLine = 512;

    private KeptBytes _lines = new(pool);
    private KeptBytes _unkept = new(pool); // the current line once the cap is reached
    private int _lineStart;
    private bool _full;
    private bool _atLineStart;
    private bool _lastWasReturn;
    private bool _inFold; // among the blanks that a folded line begins with
    private bool _mayHaveNul;
    private long _lineBytes;
    private int _cap;
    private Http1StartLineParts _start;
    private Range _host;
    private Range _userAgent;

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

    /// <summary>True when a request has a Host header among the lines kept.</summary>
    public bool HasHost => !_host.Equals(default);

    /// <summary>True when a request has a User-Agent header among the lines kept.</summary>
    public bool HasUserAgent => !_userAgent.Equals(default);

    /// <summary>Value of a request's first Host header among the lines kept; empty without one.</summary>
    public ReadOnlySpan<byte> Host => _lines.Span[_host];

    /// <summary>The same of User-Agent.</summary>
    public ReadOnlySpan<byte> UserAgent => _lines.Span[_userAgent];

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
        _full = _atLineStart = _lastWasReturn = _inFold = _mayHaveNul = HasStartLine = IsDone = false;
        _lineBytes = 0;
        _start = default;
        _host = _userAgent = default;
        Framing = default;
    }

    /// <summary>
    /// Takes a whole line, without its CR LF, that has neither CR nor NUL: the start line, a header, or the empty one behind them. False,
    /// and nothing is taken, when it is one that has to be taken byte by byte, or none at all.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTakeLine(ReadOnlySpan<byte> line)
    {
        if (!_atLineStart || _lastWasReturn || _inFold)
        {
            return false;
        }

        if (!HasStartLine)
        {
            return TryTakeStartLine(line);
        }

        if (line.IsEmpty)
        {
            EndLogicalLine();
            IsDone = true;
            return true;
        }

        if (line[0] is (byte)' ' or (byte)'\t')
        {
            return false;
        }

        EndLogicalLine();
        Keep(line);
        return true;
    }

    private bool TryTakeStartLine(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || _lines.Length > 0 || !_lines.TryAppend(line, _cap))
        {
            return false;
        }

        if (ParseStartLine())
        {
            return true;
        }

        _lines.CutTo(0);
        return false;
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
            bytes = Blanks.TrimStart(bytes);
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
        _mayHaveNul = true;
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
        bytes = Blanks.TrimStart(bytes);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void EndLogicalLine()
    {
        if (!HasStartLine)
        {
            return;
        }

        var line = _full ? _unkept.Span : _lines.Span[_lineStart..];
        if (line.Length > 0)
        {
            var colon = Framing.TakeHeader(line, _mayHaveNul);
            _mayHaveNul = false;
            if (!_full)
            {
                Keep("\n"u8);
            }

            if (_full)
            {
                _unkept.CutTo(0); // also when it was the LF that had no room
            }
            else if (IsRequest && colon > 0)
            {
                NoteValue(_lines.Span[_lineStart..^1], colon);
            }

            _lineStart = _lines.Length;
        }
    }

    private void NoteValue(ReadOnlySpan<byte> line, int colon)
    {
        var name = Blanks.TrimEnd(line[..colon]);
        if (name.Length == 4 && _host.Equals(default) && Ascii.EqualsIgnoreCase(name, "host"u8))
        {
            _host = Value(line, colon);
        }
        else if (name.Length == 10 && _userAgent.Equals(default) && Ascii.EqualsIgnoreCase(name, "user-agent"u8))
        {
            _userAgent = Value(line, colon);
        }
    }

    private Range Value(ReadOnlySpan<byte> line, int colon)
    {
        var value = Blanks.TrimStart(line[(colon + 1)..]);
        var start = _lineStart + line.Length - value.Length;
        return start..(start + Blanks.TrimEnd(value).Length);
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
