// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using L7Trace.Probe.Events;
using Xunit;
using static L7Trace.Probe.Events.EventLayout;
using Make = L7Trace.UnitTests.Support.Events;

namespace L7Trace.UnitTests.Events;

public sealed class EventDecoderTests
{
    private readonly EventDecoder _decoder = new();

    [Fact]
    public void A_data_record_gives_the_begin_and_the_end_of_its_call()
    {
        var record = Make.Bytes(Make.Data(9, captured: 3, tail: 2, moved: 100), "abcyz"u8);
        Assert.True(_decoder.TryDecodeData(record, out var data));
        Assert.Equal(9UL, data.Event.ConnectionId);
        Assert.Equal("abc"u8, data.Head);
        Assert.Equal("yz"u8, data.Tail);
        Assert.Equal(0UL, _decoder.Undecodable);
    }

    [Fact]
    public void The_slack_of_a_size_class_behind_the_payload_is_not_data()
    {
        var record = Make.Bytes(Make.Data(9, captured: 3), "abc-slack-of-the-class"u8);
        Assert.True(_decoder.TryDecodeData(record, out var data));
        Assert.Equal("abc"u8, data.Head);
    }

    [Fact]
    public void Every_prefix_of_a_record_is_counted_and_given_up()
    {
        byte[][] records =
        [
            Make.Bytes(Make.Open(1)), Make.Bytes(Make.Close(1)),
            Make.Bytes(Make.Process(5, L7ProcessChange.Exit)), Make.Bytes(Make.Data(1, 4), "abcd"u8),
        ];
        var expected = 0UL;
        foreach (var record in records)
        {
            for (var length = 0; length < record.Length; length++, expected++)
            {
                Assert.False(Decode(record.AsSpan(0, length), record));
            }

            Assert.True(Decode(record, record));
        }

        Assert.Equal(expected, _decoder.Undecodable);
    }

    [Fact]
    public void A_record_of_another_type_is_not_taken_for_the_one_wanted()
    {
        Assert.False(_decoder.TryDecodeOpen(new byte[512], out _));
        var close = Make.Bytes(Make.Close(1), new byte[512]);
        Assert.False(_decoder.TryDecodeOpen(close, out _));
        Assert.False(_decoder.TryDecodeData(close, out _));
        Assert.False(_decoder.TryDecodeProcess(close, out _));
        Assert.Equal(4UL, _decoder.Undecodable);
    }

    [Fact]
    public void Lengths_that_do_not_fit_each_other_are_given_up()
    {
        RefuseData(value => value with { Captured = 5 });
        RefuseData(value => value with { Tail = 1 });
        RefuseData(value => value with { Captured = uint.MaxValue, Tail = 5 });
        RefuseData(value => value with { ByteCount = 3 });
        RefuseData(value => value with { ByteCount = 1UL << 31 });
        RefuseData(value => value with { StreamOffset = ulong.MaxValue - 3 });
        RefuseData(value => value with { Header = value.Header with { Size = 3 } });
        RefuseData(value => value with { Header = value.Header with { Size = uint.MaxValue } });
        Assert.True(_decoder.TryDecodeData(Make.Bytes(Make.Data(1, 4), "abcd"u8), out _));
    }

    [Fact]
    public void Values_outside_their_enum_are_given_up()
    {
        RefuseData(value => value with { Direction = (L7Direction)2 });
        RefuseData(value => value with { Source = (L7Source)9 });
        RefuseData(value => value with { Protocol = (L7Protocol)200 });
        RefuseData(value => value with { ConnectionId = 0 });
        RefuseData(value => value with { Header = value.Header with { Flags = (L7DataFlags)0x100 } });
        RefuseOpen(value => value with { Role = (L7Role)3 });
        RefuseOpen(value => value with { RoleEvidence = (L7RoleEvidence)4 });
        RefuseOpen(value => value with { Family = 16 });
        RefuseOpen(value => value with { UnixPathLen = UnixPathLength + 1 });
        RefuseOpen(value => value with { ConnectionId = 0 });
        Assert.False(_decoder.TryDecodeProcess(Make.Bytes(Make.Process(0, L7ProcessChange.Exit)), out _));
        Assert.False(_decoder.TryDecodeProcess(Make.Bytes(Make.Process(1, (L7ProcessChange)5)), out _));
        RefuseTls(value => value with { TlsId = 0 });
        RefuseTls(value => value with { Tgid = 0 });
        RefuseTls(value => value with { Change = (L7TlsChange)4 });
        RefuseTls(value => value with { Proof = (L7TlsProof)4 });
        RefuseTls(value => value with { Proof = L7TlsProof.Unknown });
        RefuseTls(value => value with { Source = (L7Source)6 });
        RefuseTls(value => value with { ConnectionId = 0 });
        RefuseTls(value => value with { Source = L7Source.Socket });
    }

    [Fact]
    public void Random_bytes_never_throw_and_never_give_more_than_they_have()
    {
        var random = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            var record = new byte[random.Next(0, 600)];
            random.NextBytes(record);
            if (record.Length >= 8)
            {
                BitConverter.TryWriteBytes(record, (ushort)(round % 20));
                BitConverter.TryWriteBytes(record.AsSpan(4), (uint)random.Next(0, record.Length + 8));
            }

            _decoder.TryDecodeOpen(record, out _);
            _decoder.TryDecodeClose(record, out _);
            _decoder.TryDecodeProcess(record, out _);
            if (_decoder.TryDecodeData(record, out var data))
            {
                Assert.True(Unsafe.SizeOf<L7DataEvent>() + data.Head.Length + data.Tail.Length <= record.Length);
            }
        }

        Assert.NotEqual(0UL, _decoder.Undecodable);
    }

    private bool Decode(ReadOnlySpan<byte> record, ReadOnlySpan<byte> whole) => EventDecoder.TypeOf(whole) switch
    {
        L7EventType.Open => _decoder.TryDecodeOpen(record, out _),
        L7EventType.Close => _decoder.TryDecodeClose(record, out _),
        L7EventType.Process => _decoder.TryDecodeProcess(record, out _),
        _ => _decoder.TryDecodeData(record, out _),
    };

    private void RefuseData(Func<L7DataEvent, L7DataEvent> change)
    {
        var before = _decoder.Undecodable;
        Assert.False(_decoder.TryDecodeData(Make.Bytes(change(Make.Data(1, 4)), "abcd"u8), out _));
        Assert.Equal(before + 1, _decoder.Undecodable);
    }

    private void RefuseTls(Func<L7TlsEvent, L7TlsEvent> change)
    {
        Assert.True(_decoder.TryDecodeTls(Make.Bytes(Make.Tls(1, L7TlsChange.Bound)), out _));
        var before = _decoder.Undecodable;
        Assert.False(_decoder.TryDecodeTls(Make.Bytes(change(Make.Tls(1, L7TlsChange.Bound))), out _));
        Assert.Equal(before + 1, _decoder.Undecodable);
    }

    private void RefuseOpen(Func<L7OpenEvent, L7OpenEvent> change)
    {
        var before = _decoder.Undecodable;
        Assert.False(_decoder.TryDecodeOpen(Make.Bytes(change(Make.Open(1))), out _));
        Assert.Equal(before + 1, _decoder.Undecodable);
    }
}
