// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// Messages that all connections of an engine, which runs on one thread, use again and again: an exchange allocates only its result, and an
/// idle connection holds none.
/// </summary>
internal sealed class Http1MessagePool(ArrayPool<byte>? pool)
{
    private const int MaxFree = 64;

    private readonly Stack<Http1Message> _free = new(MaxFree);

    public Http1Message Rent()
    {
        var message = _free.TryPop(out var free) ? free : new Http1Message(pool);
        message.IsFree = false;
        return message;
    }

    public void Return(Http1Message? message)
    {
        if (message is null)
        {
            return;
        }

        if (message.IsFree)
        {
            // Two connections would get it: better that this one is given up.
            throw new InvalidOperationException("a message was given back twice");
        }

        message.Reset();
        message.IsFree = true;
        if (_free.Count < MaxFree)
        {
            _free.Push(message);
        }
    }
}
