// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>A few messages per connection, used again and again, so that an exchange allocates only its result.</summary>
internal sealed class Http1MessagePool(ArrayPool<byte>? pool)
{
    private const int MaxFree = 4;

    private readonly Stack<Http1Message> _free = new(MaxFree);

    public Http1Message Rent() => _free.TryPop(out var message) ? message : new Http1Message(pool);

    public void Return(Http1Message? message)
    {
        if (message is null)
        {
            return;
        }

        message.Reset();
        if (_free.Count < MaxFree)
        {
            _free.Push(message);
        }
    }
}
