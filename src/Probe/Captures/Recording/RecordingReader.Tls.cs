// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <content>TLS objects that are bound to connections, and peers that were learnt late.</content>
public sealed partial class RecordingReader
{
    private readonly Dictionary<ConnectionId, uint> _bound = []; // numbers of objects that the engine was told of

    private void Bind(in RecordedFact fact)
    {
        // A later file of the same recording says it again, and the object goes on.
        if (_unwanted.Contains(fact.Id) || fact.Number <= _bound.GetValueOrDefault(fact.Id) || _bound.Count >= MaxKnown)
        {
            return;
        }

        _bound[fact.Id] = fact.Number;
        _engine.BindTls(fact.Id, fact.Source, fact.FromStart, fact.Proof);
        _tap?.BindTls(fact.Id, fact.Source, fact.FromStart, fact.Proof);
    }

    private void LearnPeer(ConnectionInfo peer)
    {
        if (_engine.FindConnection(peer.Id) is not { PeerProof: PeerProof.Unknown } own)
        {
            return;
        }

        own.Local = peer.Local;
        own.Remote = peer.Remote;
        own.UnixPath = peer.UnixPath;
        own.PeerProof = peer.PeerProof;
        _tap?.LearnPeer(own);
    }
}
