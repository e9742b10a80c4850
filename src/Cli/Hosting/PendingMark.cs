// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Hosting;

/// <summary>A mark whose exchanges have all come out of the queue, while views that came before it may still wait for their other end.</summary>
internal sealed class PendingMark
{
    private readonly HashSet<string> _running;

    /// <summary>Makes one.</summary>
    /// <param name="mark">The mark.</param>
    /// <param name="heldBefore">Views that had begun to wait before it.</param>
    public PendingMark(TraceMark mark, long heldBefore)
    {
        (Mark, HeldBefore) = (mark, heldBefore);
        _running = [.. mark.Running.Select(static exchange => exchange.Id)];
    }

    /// <summary>The mark, as it was reached.</summary>
    public TraceMark Mark { get; }

    /// <summary>Views that had begun to wait before it: it waits for none that came later.</summary>
    public long HeldBefore { get; }

    /// <summary>An exchange was written: it does not run any more, and must not be shown as running behind that.</summary>
    public void Written(Exchange exchange)
    {
        if (_running.Count > 0)
        {
            _running.Remove(exchange.Id);
            if (exchange.OtherEnd is { } other)
            {
                _running.Remove(other.Id);
            }
        }
    }

    /// <summary>True for one that ran when the mark was reached and has not been written since.</summary>
    public bool Runs(Exchange exchange) => _running.Contains(exchange.Id);
}
