// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Plaintext;

/// <summary>What of a call is shown: all of it, or what is left without credentials. Belongs to one thread.</summary>
/// <param name="redaction">What is withheld.</param>
public sealed class PlaintextView(Redaction redaction)
{
    private readonly PlaintextParts _parts = new();

    /// <summary>The pieces to show of a call, in order. Calls of a stream must come in the order in which they are shown.</summary>
    /// <param name="call">The call.</param>
    /// <param name="missingBefore">Bytes of the stream that are missing in front of it, 0 for none.</param>
    public IReadOnlyList<PlaintextPart> Of(PlaintextCall call, out ulong missingBefore)
    {
        ArgumentNullException.ThrowIfNull(call);
        var stream = call.Stream;
        // What the capture could not count comes as a hole of 4 GiB; a call that comes late stands before the place.
        var isInOrder = stream.Next is not { } next || call.Offset >= next;
        missingBefore = stream.Next is { } expected && call.Offset > expected ? call.Offset - expected : 0;
        stream.Next = Math.Max(stream.Next ?? 0, call.Offset + call.ByteCount);
        var captured = (ulong)call.Head.Length + (ulong)call.Tail.Length;
        var hole = call.ByteCount > captured ? call.ByteCount - captured : 0;
        Accept(call, call.Head.Span, isInOrder ? missingBefore : null);
        if (hole > 0)
        {
            _parts.Remark(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{hole:#,0} bytes were not captured"));
            Accept(call, call.Tail.Span, hole);
        }

        return _parts.Take();
    }

    private void Accept(PlaintextCall call, ReadOnlySpan<byte> bytes, ulong? missing)
    {
        var stream = call.Stream;
        if (call.Protocol == Protocol.Http2 || stream.Http2.IsBegun || Http2Withholding.Begins(bytes))
        {
            stream.Http2.Accept(bytes, missing, redaction.ShowsSecrets, _parts);
        }
        else if (redaction.ShowsSecrets || bytes.IsEmpty)
        {
            _parts.Show(bytes);
        }
        else if (stream.IsFromClient && (call.Protocol == Protocol.MySql || stream.MySql.IsBegun || MySqlWithholding.IsLogin(bytes)))
        {
            stream.MySql.Accept(bytes, missing != 0, _parts);
        }
        else if (call.Protocol is Protocol.MySql or Protocol.WebSocket)
        {
            _parts.Show(bytes);
        }
        else
        {
            stream.Http1.Accept(bytes, missing != 0, call.Protocol == Protocol.Http1, _parts);
        }
    }
}
