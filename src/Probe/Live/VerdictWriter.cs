// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Probe.Bpf;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Live;

/// <summary>
/// Tells the kernel side what was found out about connections: what nobody parses is muted, what turns out to be of
/// use is captured again. The generation is raised once per batch, after the entries are written.
/// </summary>
/// <param name="verdicts">The kernel side's map.</param>
/// <param name="raiseGeneration">Tells it that the map has changed.</param>
/// <param name="plaintextOf">Under which id the plaintext of a connection is known: its own without TLS.</param>
/// <param name="isKept">Tells which connections are never muted, because somebody wants their bytes, parsed or not; null for none.</param>
/// <param name="keepsCiphertext">Somebody wants the ciphertext of TLS connections, whole.</param>
internal sealed class VerdictWriter(
    BpfMap verdicts, Action raiseGeneration, Func<ConnectionId, ConnectionId> plaintextOf, Func<ConnectionId, bool>? isKept = null,
    bool keepsCiphertext = false)
{
    /// <summary>More than can be open; beyond it, verdicts are left to age out of the kernel's LRU map.</summary>
    private const int MaxKnown = 200_000;

    private readonly HashSet<ConnectionId> _known = [];
    private readonly HashSet<ConnectionId> _ciphertext = [];
    private bool _changed;

    /// <summary>Takes note of a finding; written at once, in force after <see cref="Flush"/>.</summary>
    internal void Found(ConnectionId id, Protocol protocol)
    {
        if (protocol == Protocol.Unknown)
        {
            return;
        }

        if (keepsCiphertext && protocol == Protocol.Tls)
        {
            _ciphertext.Add(id);
            Write(id, L7Verdict.Framed); // a long call of it is wanted whole, as one of HTTP/2
            return;
        }

        // Ciphertext is muted as such; what is found in the plaintext is a verdict on that.
        Write(protocol == Protocol.Tls ? id : plaintextOf(id),
            protocol is Protocol.Http2 or Protocol.WebSocket ? L7Verdict.Framed
            : protocol.IsOfUse() || (protocol != Protocol.Tls && isKept?.Invoke(id) == true) ? L7Verdict.Capture
            : L7Verdict.Mute);
    }

    /// <summary>Nothing more is read of this connection.</summary>
    internal void Mute(ConnectionId id)
    {
        if (isKept?.Invoke(id) != true && !_ciphertext.Contains(id))
        {
            Write(plaintextOf(id), L7Verdict.Mute);
        }
    }

    private void Write(ConnectionId id, L7Verdict verdict)
    {
        if (verdicts.TrySet(id.Value, (byte)verdict))
        {
            if (_known.Count < MaxKnown)
            {
                _known.Add(id);
            }

            _changed = true;
        }
    }

    /// <summary>The connection is gone; so is its verdict.</summary>
    internal void Forget(ConnectionId id)
    {
        _ciphertext.Remove(id);
        if (_known.Remove(id))
        {
            verdicts.Remove(id.Value);
        }
    }

    /// <summary>Lets the kernel side see the verdicts written since the last call.</summary>
    internal void Flush()
    {
        if (_changed)
        {
            _changed = false;
            raiseGeneration();
        }
    }
}
