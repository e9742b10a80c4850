// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <content>
/// TLS as ciphertext with its secrets. Readers decrypt what stands behind the secrets, and a client has those of the handshake only
/// after it received the server's answer: so the calls of a connection wait until its secrets are there, or until it is
/// clear that none will come. Secrets of connections that are not recorded are not written.
/// </content>
public sealed partial class SegmentRecorder
{
    private const int MaxRandoms = 4096;            // connections whose secrets are remembered
    private const long Patience = 1_000_000_000;    // nanoseconds without a call, or secrets

    private readonly Dictionary<string, ConnectionSecrets> _secrets = [];
    private readonly Queue<string> _randoms = new();
    private readonly HashSet<RecordedFlow> _waiting = [];

    /// <inheritdoc/>
    public bool WantsCiphertext => _options.WithKeys;

    /// <summary>TLS connections that were recorded as ciphertext.</summary>
    public long Encrypted { get; private set; }

    /// <summary>Those of them whose secrets are in the recording.</summary>
    public long Decryptable { get; private set; }

    /// <summary>Takes a line of a key log, with or without its line feed, on the thread of the other calls.</summary>
    public void AddSecret(ReadOnlySpan<byte> line)
    {
        var text = Encoding.ASCII.GetString(line.TrimEnd((byte)'\n'));
        var words = text.Split(' ');
        if (!_options.WithKeys || words.Length != 3)
        {
            return;
        }

        var secrets = SecretsOf(words[1]);
        secrets.Add(text + "\n");
        if (secrets.IsComplete)
        {
            foreach (var flow in secrets.Waiting.ToList())
            {
                StopWaiting(flow);
            }
        }
    }

    private ConnectionSecrets SecretsOf(string random)
    {
        if (_secrets.TryGetValue(random, out var known))
        {
            return known;
        }

        while (_randoms.Count >= MaxRandoms)
        {
            _secrets.Remove(_randoms.Dequeue());
        }

        _randoms.Enqueue(random);
        return _secrets[random] = new ConnectionSecrets();
    }

    // True when the call is kept for later.
    private bool WaitForSecrets(RecordedFlow flow, in Segment segment)
    {
        if (!flow.IsWaiting)
        {
            return false;
        }

        if (flow.Held.Count >= MaxHeldCalls - 1 || _heldBytes + segment.Head.Length + segment.Tail.Length > _options.MaxHeld)
        {
            StopWaiting(flow);
            return false;
        }

        flow.LastWaiting = segment.Time.Exit;
        Hold(flow, segment);
        return true;
    }

    private void LookForRandom(RecordedFlow flow, in Segment segment)
    {
        if (!_options.WithKeys || flow.Secrets is not null)
        {
            return;
        }

        flow.Random.Look(segment);
        if (flow.Random.Value is { } random)
        {
            flow.Secrets = SecretsOf(random);
            if (flow.IsWaiting)
            {
                AwaitSecrets(flow);
            }
        }
    }

    // The engine has found that TLS begins.
    private void BeginCiphertext(RecordedFlow flow)
    {
        Encrypted++;
        flow.IsWaiting = true;
        _waiting.Add(flow);
        AwaitSecrets(flow);
    }

    private static void AwaitSecrets(RecordedFlow flow)
    {
        if (flow.Secrets is { IsComplete: false } secrets && !secrets.Waiting.Contains(flow))
        {
            secrets.Waiting.Add(flow);
        }
    }

    private void StopWaiting(RecordedFlow flow)
    {
        if (!flow.IsWaiting)
        {
            return;
        }

        Forsake(flow);
        Decryptable += flow.Secrets?.HasAny == true ? 1 : 0;
        WriteHeld(flow);
    }

    // The engine was wrong about it.
    private void EndCiphertext(RecordedFlow flow)
    {
        Encrypted--;
        Decryptable -= !flow.IsWaiting && flow.Secrets?.HasAny == true ? 1 : 0;
        Forsake(flow);
    }

    private void Forsake(RecordedFlow flow)
    {
        flow.IsWaiting = false;
        _waiting.Remove(flow);
        flow.Secrets?.Waiting.Remove(flow);
    }

    private void StopWaitingWhere(Func<RecordedFlow, bool> isDone)
    {
        foreach (var flow in _waiting.Where(isDone).ToList())
        {
            StopWaiting(flow);
        }
    }

    // Patience is counted from the first look, where no call came before it.
    private void EndLongWaits(long now) => StopWaitingWhere(flow =>
    {
        flow.LastWaiting = flow.LastWaiting == 0 ? now : flow.LastWaiting;
        return now - flow.LastWaiting >= Patience || flow.Secrets is { IsComplete: true };
    });

    private void WriteSecrets(RecordedFlow flow)
    {
        if (flow.Secrets?.TakePending() is { Length: > 0 } lines)
        {
            _writer!.WriteSecrets(lines);
        }
    }
}
