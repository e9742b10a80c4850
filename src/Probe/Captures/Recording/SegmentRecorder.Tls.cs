// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <content>
/// TLS: what is recorded of a connection is what the engine reads of it, in the clear first and then the plaintext. Ciphertext is
/// never written.
/// </content>
public sealed partial class SegmentRecorder
{
    private long _lastTime; // of the last call that was written

    /// <inheritdoc/>
    public void BindTls(ConnectionId id, SegmentSource source, bool fromStart, PeerProof proof)
    {
        if (!_flows.TryGetValue(id, out var flow))
        {
            return;
        }

        flow.Bind(source, fromStart, proof);
        if (flow.Protocol is Protocol.Tls or Protocol.Other)
        {
            flow.Protocol = Protocol.Unknown; // what the plaintext is has to be found
            flow.IsChosen = flow.IsWritten || flow.HasPackets ? flow.IsChosen : null;
            Withheld--;
        }

        if (flow.IsWritten)
        {
            WriteAside(() => _flowWriter.WriteTls(flow, _lastTime));
        }
    }

    /// <inheritdoc/>
    public void LearnPeer(ConnectionInfo connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (_flows.TryGetValue(connection.Id, out var flow) && (flow.IsWritten || flow.HasPackets))
        {
            WriteAside(() => _flowWriter.WritePeer(connection, _lastTime));
        }
    }

    // As the engine does: from the first plaintext on nothing is taken of the socket.
    private bool IsToTake(RecordedFlow flow, in Segment segment)
    {
        if (!segment.Source.IsTlsPlaintext())
        {
            if (flow.IsHeldDue)
            {
                flow.IsHeldDue = false;
                WriteHeld(flow);
            }

            return !flow.IsPlaintext;
        }

        if (!flow.IsPlaintext)
        {
            flow.IsPlaintext = true;
            flow.IsHeldDue = false;
            Release(flow); // what was held was ciphertext
        }

        return true;
    }

    private void PreparePlaintext(RecordedFlow flow, in Segment segment)
    {
        if (!segment.Source.IsTlsPlaintext())
        {
            return;
        }

        if (flow.NeedsOtherStream)
        {
            if (flow.IsWritten)
            {
                _flowWriter.WriteOtherStream(flow, segment.Time.Enter);
            }
            else
            {
                flow.BeginOtherStream();
            }
        }

        flow.BeginPlaintext();
    }

    private void WriteAside(Action write)
    {
        if (_writer is null)
        {
            return;
        }

        try
        {
            write();
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            Fail(e);
        }
    }
}
