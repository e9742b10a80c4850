// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>
/// What all open streams of a connection may keep of their bodies together: half of <see cref="ParseLimits.MaxBuffered"/>, so that
/// bodies never cost a stream, which is given up when there is too much.
/// </summary>
internal sealed class Http2BodyRoom(ParseLimits limits)
{
    private int _left = limits.MaxBuffered / 2;

    /// <summary>Takes as much of <paramref name="wanted"/> bytes as there is.</summary>
    public int Take(int wanted)
    {
        var taken = Math.Min(wanted, _left);
        _left -= taken;
        return taken;
    }

    /// <summary>Gives bytes back.</summary>
    public void Return(int count) => _left += count;
}
