// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using L7Trace.Parsers.Protocols.Http2;
using L7Trace.Parsers.Protocols.Http2.Hpack;

namespace L7Trace.UnitTests.Http2;

/// <summary>Frames as endpoints send them.</summary>
internal static class Http2Wire
{
    public const byte EndStream = 1, EndHeaders = 4, Padded = 8, Priority = 0x20;

    public static byte[] Preface => Http2Shape.Preface.ToArray();

    public static byte[] Frame(Http2FrameType type, byte flags, uint stream, params byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        frame[0] = (byte)(payload.Length >> 16);
        frame[1] = (byte)(payload.Length >> 8);
        frame[2] = (byte)payload.Length;
        frame[3] = (byte)type;
        frame[4] = flags;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }

    public static byte[] Settings(params (ushort Id, uint Value)[] settings) =>
        Frame(Http2FrameType.Settings, 0, 0, [.. settings.SelectMany(s => (byte[])[(byte)(s.Id >> 8), (byte)s.Id, .. UInt32(s.Value)])]);

    public static byte[] SettingsAck => Frame(Http2FrameType.Settings, 1, 0);

    public static byte[] Data(uint stream, byte[] bytes, bool end = false) =>
        Frame(Http2FrameType.Data, end ? EndStream : (byte)0, stream, bytes);

    public static byte[] Headers(uint stream, bool end, params (string Name, string Value)[] fields) =>
        Frame(Http2FrameType.Headers, (byte)(EndHeaders | (end ? EndStream : 0)), stream, Block(fields));

    public static byte[] Reset(uint stream, uint code) => Frame(Http2FrameType.RstStream, 0, stream, UInt32(code));

    public static byte[] GoAway(uint last, uint code) => Frame(Http2FrameType.GoAway, 0, 0, [.. UInt32(last), .. UInt32(code)]);

    /// <summary>A header block of literals that go into no table.</summary>
    public static byte[] Block(params (string Name, string Value)[] fields) =>
        [.. fields.SelectMany(f => (byte[])[0, .. Text(f.Name), .. Text(f.Value)])];

    /// <summary>A string as HPACK has it, not compressed.</summary>
    public static byte[] Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [.. Integer(0, 7, bytes.Length), .. bytes];
    }

    /// <summary>An integer as HPACK has it.</summary>
    public static byte[] Integer(int pattern, int prefix, int value)
    {
        var most = (1 << prefix) - 1;
        if (value < most)
        {
            return [(byte)(pattern | value)];
        }

        var bytes = new List<byte> { (byte)(pattern | most) };
        for (value -= most; value >= 128; value >>= 7)
        {
            bytes.Add((byte)(0x80 | (value & 127)));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }

    public static (string, string)[] Get(string path) =>
        [(":method", "GET"), (":scheme", "http"), (":authority", "shop"), (":path", path)];

    public static byte[] UInt32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}

/// <summary>An encoder with a dynamic table (RFC 7541): puts fields into it, and names them by their index when they are there.</summary>
internal sealed class Http2Encoder(int maxSize = 4096)
{
    private readonly List<(string Name, string Value)> _table = []; // newest first
    private int _size;

    public byte[] Block(params (string Name, string Value)[] fields)
    {
        var block = new List<byte>();
        foreach (var field in fields)
        {
            var index = IndexOf(f => f == field);
            if (index > 0)
            {
                block.AddRange(Http2Wire.Integer(0x80, 7, index));
                continue;
            }

            var name = IndexOf(f => f.Name == field.Name);
            block.AddRange(Http2Wire.Integer(0x40, 6, name));
            if (name == 0)
            {
                block.AddRange(Http2Wire.Text(field.Name));
            }

            block.AddRange(Http2Wire.Text(field.Value));
            _table.Insert(0, field);
            for (_size += Size(field); _size > maxSize; _table.RemoveAt(_table.Count - 1))
            {
                _size -= Size(_table[^1]);
            }
        }

        return [.. block];
    }

    private int IndexOf(Predicate<(string Name, string Value)> wanted)
    {
        for (var i = 1; i <= HpackStaticTable.Count; i++)
        {
            if (wanted((HpackStaticTable.At(i).Name!, HpackStaticTable.At(i).Value!)))
            {
                return i;
            }
        }

        return _table.FindIndex(wanted) is >= 0 and var at ? 62 + at : 0;
    }

    private static int Size((string Name, string Value) field) => field.Name.Length + field.Value.Length + 32;
}
