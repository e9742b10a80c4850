// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>Commands that all connections of an engine, which runs on one thread, use again and again.</summary>
internal sealed class PendingCommandPool
{
    private const int MaxFree = 64;

    private readonly Stack<PendingCommand> _free = new();

    public PendingCommand Rent()
    {
        var command = _free.TryPop(out var free) ? free : new PendingCommand();
        command.IsFree = false;
        return command;
    }

    public void Return(PendingCommand command)
    {
        if (command.IsFree)
        {
            // Two connections would get it: better that this one is given up.
            throw new InvalidOperationException("a command was given back twice");
        }

        command.Clear();
        command.IsFree = true;
        if (_free.Count < MaxFree)
        {
            _free.Push(command);
        }
    }
}
