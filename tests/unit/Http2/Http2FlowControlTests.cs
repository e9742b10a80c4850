// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.Http2;
using L7Trace.UnitTests.Http1;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http2.Http2Wire;

namespace L7Trace.UnitTests.Http2;

public sealed class Http2FlowControlTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(1000)]
    public void Frames_of_flow_control_change_nothing(int size)
    {
        byte[] Window(uint stream) => Frame(Http2FrameType.WindowUpdate, 0, stream, UInt32(65535));
        var exchange = Assert.Single(Conversation.AtServer()
            .Client([.. Preface, .. Settings((4, 1 << 20)), .. Window(0)]).Server([.. Settings(), .. SettingsAck])
            .Client([.. Headers(1, end: false, Http2Wire.Get("/up")), .. Window(1)]).Server([.. Window(0), .. Window(1)])
            .Client([.. Data(1, [1, 2, 3], end: true), .. Window(1)])
            .Server([.. Headers(1, end: false, (":status", "200")), .. Window(0), .. Data(1, [1, 2]), .. Window(1), .. Data(1, [3, 4], end: true)])
            .Client(Window(1)).InPiecesOf(size).Finish(close: true).Http());

        Assert.Equal("GET /up 200 3/4 Done Complete 0", exchange.Line());
    }
}
