// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using L7Trace.Export.Bodies;
using L7Trace.Export.Follow;
using L7Trace.Export.Protobuf;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Grpc;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Export.Follow;

/// <summary>gRPC's messages as protobuf, without a schema and with one.</summary>
public sealed class GrpcBodyTextTests
{
    [Theory] // the examples of protobuf's page on encoding
    [InlineData("089601", "1 varint: 150")]
    [InlineData("120774657374696e67", "2 bytes: \"testing\"")]
    [InlineData("1a03089601", "3 message? {|  1 varint: 150|}")]
    [InlineData("3206038e029ea705", "6 bytes: 0x038e029ea705")]
    [InlineData("2a0474c3bc21", "5 bytes: \"tü!\"")]
    [InlineData("7dff000000", "15 fixed32: 0x000000ff")]
    [InlineData("09 182d4454fb210940", "1 fixed64: 0x400921fb54442d18")]
    [InlineData("0b08010c", "1 group {|  1 varint: 1|}")]
    [InlineData("1a00", "3 bytes: \"\"")]
    [InlineData("1203ff0102", "2 bytes: 0xff0102")]
    [InlineData("08ffffffffffffffffff01", "1 varint: 18446744073709551615")]
    [InlineData("089601ff", "1 varint: 150|* 1 bytes that are no field, or cut")]
    public void Without_a_schema_a_message_is_shown_by_field_number_and_wire_type(string hex, string expected) =>
        Assert.Equal(expected.Split('|'), Shown([(Hex(hex), false)]).Skip(1));

    [Fact]
    public void Without_secrets_there_is_the_shape_and_no_value() => Assert.Equal(
        ["* message 1, 10 bytes", "1 varint: ?", "2 message? {", "  1 varint: ?", "}", "3 bytes: ?"],
        Shown([(Hex("0801 1203089601 1a0161 "), false)], secrets: false));

    [Fact]
    public void With_a_schema_fields_have_their_names_and_values_their_types() => Assert.Equal(
        [
            "* message 1, 61 bytes: shop.Order", "id: -2", "label: \"a \\\"b\\\"\"", "item {", "  price: 1.5", "  zigzag: -3", "}", "state: PAID",
            "numbers: [1, 2, 300]", "raw: 0x0001", "flag: true", "state: 9", "tags {", "  key: \"k\"", "  value: \"v\"", "}", "99 varint: 7", "1 bytes: 0x80",
        ],
        Shown([(Hex("08feffffffffffffffff01 12056120226222 1a0b 09000000000000f83f 1005 2001 2a04 0102ac02 32020001 3801 2009 4206 0a016b 120176 980607 0a0180"), false)], schema: Schema()));

    [Fact]
    public void Several_messages_compressed_ones_among_them_are_shown_each()
    {
        var message = Hex("120774657374696e67");
        Assert.Equal(
            ["* message 1, 9 bytes", "2 bytes: \"testing\"", $"* message 2, {Gzip(message).Length} bytes, gzip decoded to 9", "2 bytes: \"testing\"", "* message 3, 0 bytes"],
            Shown([(message, false), (Gzip(message), true), ([], false)], encoding: "gzip"));
        Assert.Equal(
            ["* message 1, 3 bytes, gzip could not be decoded", "* message 2, 9 bytes, ? could not be decoded"],
            [.. Shown([([1, 2, 3], true)], encoding: "gzip"), .. Shown([(message, true)]).Select(line => line.Replace("message 1", "message 2", StringComparison.Ordinal))]);
    }

    [Fact]
    public void A_message_that_is_cut_is_shown_up_to_there() => Assert.Equal(
        ["* message 1, 9 bytes, of which 4 are here", "* 4 bytes that are no field, or cut"],
        Shown([(Hex("120774657374696e67"), false)], cut: 5));

    [Fact]
    public void Random_bytes_never_throw_and_are_bounded()
    {
        var random = new Random(5);
        for (var i = 0; i < 3000; i++)
        {
            var bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            Assert.InRange(Shown([(bytes, random.Next(4) == 0)], schema: i % 2 == 0 ? Schema() : null, encoding: "gzip").Length, 1, 2000);
            ProtoSchema.TryRead(bytes);
        }

        var deep = Enumerable.Range(0, 4000).Aggregate(Array.Empty<byte>(), static (inner, _) => inner.Length > 900 ? inner : [0x0a, .. Varint((ulong)inner.Length), .. inner]);
        Assert.InRange(Shown([(deep, false)]).Length, 2, 100);
        Assert.InRange(Shown([([.. Enumerable.Repeat((byte)0x0b, 5000)], false)]).Length, 2, 5100);
    }

    [Fact]
    public void A_file_that_is_no_descriptor_set_is_refused()
    {
        Assert.Null(ProtoSchema.TryRead("message Order {}"u8));
        Assert.Null(ProtoSchema.TryRead([]));
        Assert.Equal((1, 3), (Schema().MethodCount, Schema().MessageCount));
    }

    // package shop; message Order { int32 id = 1; string label = 2; Item item = 3; enum State { NEW = 0; PAID = 1; } State state = 4;
    // repeated uint32 numbers = 5; bytes raw = 6; bool flag = 7; map<string, string> tags = 8; message Item { double price = 1; sint32 zigzag = 2; } }
    // service Orders { rpc Watch(Order) returns (Order.Item); }
    private static ProtoSchema Schema()
    {
        byte[] Field(string name, int number, int type, string typeName = "") =>
            Part(2, [.. Part(1, name), 0x18, (byte)number, 0x28, (byte)type, .. typeName.Length > 0 ? Part(6, typeName) : []]);
        byte[] order =
        [
            .. Part(1, "Order"), .. Field("id", 1, 5), .. Field("label", 2, 9), .. Field("item", 3, 11, ".shop.Order.Item"), .. Field("state", 4, 14, ".shop.Order.State"),
            .. Field("numbers", 5, 13), .. Field("raw", 6, 12), .. Field("flag", 7, 8), .. Field("tags", 8, 11, ".shop.Order.TagsEntry"),
            .. Part(3, [.. Part(1, "Item"), .. Field("price", 1, 1), .. Field("zigzag", 2, 17)]),
            .. Part(3, [.. Part(1, "TagsEntry"), .. Field("key", 1, 9), .. Field("value", 2, 9)]),
            .. Part(4, [.. Part(1, "State"), .. Part(2, Part(1, "NEW")), .. Part(2, [.. Part(1, "PAID"), 0x10, 1])]),
        ];
        byte[] service = [.. Part(1, "Orders"), .. Part(2, [.. Part(1, "Watch"), .. Part(2, ".shop.Order"), .. Part(3, ".shop.Order.Item")])];
        return ProtoSchema.TryRead(Part(1, [.. Part(1, "shop.proto"), .. Part(2, "shop"), .. Part(4, order), .. Part(6, service)]))!;
    }

    private static byte[] Part(int field, string text) => Part(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Part(int field, byte[] bytes) => [(byte)((field << 3) | 2), .. Varint((ulong)bytes.Length), .. bytes];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value > 0x7f; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }

    private static byte[] Hex(string digits) => Convert.FromHexString(digits.Replace(" ", "", StringComparison.Ordinal));

    private static byte[] Gzip(byte[] bytes)
    {
        var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return output.ToArray();
    }

    private static string[] Shown(
        (byte[] Message, bool IsCompressed)[] messages, ProtoSchema? schema = null, bool secrets = true, string? encoding = null, int cut = 0)
    {
        var body = new List<byte>();
        foreach (var (message, isCompressed) in messages)
        {
            var prefix = new byte[5];
            prefix[0] = (byte)(isCompressed ? 1 : 0);
            BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), message.Length);
            body.AddRange([.. prefix, .. message]);
        }

        var output = new StringWriter(CultureInfo.InvariantCulture);
        BodyTexts.Write(
            new ShownBody
            {
                Exchange = new HttpExchange(Protocol.Http2)
                {
                    Connection = Some.ClientConnection(),
                    Grpc = new GrpcCall { Method = "shop.Orders/Watch" },
                    RequestHeaders = encoding is null ? [] : [new("grpc-encoding", encoding)],
                },
                IsRequest = true,
                Body = new DecodedBody { Bytes = body.Take(body.Count - cut).ToArray(), IsCaptured = true },
                MediaType = "application/grpc",
                Charset = "",
                ShowsSecrets = secrets,
                Schema = schema,
            },
            new BodyLines(output, ">"));
        return [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.StartsWith("> ", StringComparison.Ordinal) ? line[2..] : line)];
    }
}
