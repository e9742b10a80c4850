// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Protocols.MySql.Payloads;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>
/// Every payload, whole and cut behind each of its bytes. What a cut one gives is what the whole one says, or nothing.
/// </summary>
public sealed class PayloadTests
{
    private delegate bool Reading(ReadOnlySpan<byte> bytes, out object value);

    [Fact]
    public void An_ok_is_its_numbers_and_the_schema_it_names()
    {
        var bytes = Wire.Ok(1, 300, 70_000, 0x4002, 3, rest: [4, .. Wire.Text("info"), 7, 1, 5, 4, .. Wire.Text("four")])[4..];

        Assert.True(OkPayload.TryRead(bytes, true, out var ok));
        Assert.Equal((300ul, 70_000ul, (ushort)3, "four"), (ok.AffectedRows, ok.LastInsertId, ok.Warnings, ok.Changes?.Schema));
        Assert.True(OkPayload.TryRead(bytes, false, out var untracked));
        Assert.Null(untracked.Changes);
        for (var length = 0; length < bytes.Length; length++)
        {
            var isRead = OkPayload.TryRead(bytes.AsSpan(0, length), true, out var cut);
            Assert.Equal(length >= 12, isRead); // header, 3 + 4 bytes of numbers, status, warnings
            Assert.Equal(isRead ? ok with { Changes = null, Info = length >= 17 ? "info" : null } : default, cut);
        }
    }

    [Fact]
    public void An_eof_has_five_bytes()
    {
        byte[] bytes = [0xfe, 4, 0, 0x22, 0];

        Assert.True(EofPayload.TryRead(bytes, out var eof));
        Assert.Equal((4, 0x22), (eof.Warnings, (int)eof.Status));
        Assert.False(EofPayload.TryRead([.. bytes, 0], out _));
        Assert.False(EofPayload.TryRead([0xff, .. bytes[1..]], out _));
        AssertNoPrefix(bytes, (ReadOnlySpan<byte> b, out object v) => Box(EofPayload.TryRead(b, out var e), e, out v));
    }

    [Fact]
    public void An_error_cut_anywhere_keeps_its_number()
    {
        var bytes = Wire.Err(1, 1146, "42S02", "Täble")[4..];
        for (var length = 0; length <= bytes.Length; length++)
        {
            var isRead = ErrPayload.TryRead(bytes.AsSpan(0, length), 100, out var error);
            Assert.Equal(length == 3 || length >= 9, isRead); // with the number alone, or with a whole SQLSTATE
            Assert.Equal((isRead ? 1146 : 0, length >= 9 ? "42S02" : null), (error.Code, error.SqlState));
        }

        Assert.True(ErrPayload.TryRead(bytes, 2, out var capped));
        Assert.Equal("T", capped.Message); // not half a character
        Assert.False(ErrPayload.TryRead([0xff, 1, 2, (byte)'#', 1, 2, 3, 4, 5], 10, out _));
        Assert.True(ErrPayload.TryRead([0xff, 0xff, 0xff, 1, 2, 2, 9, 9, 9, 1, 65], 10, out var progress));
        Assert.Equal((ErrPayload.ProgressCode, ""), (progress.Code, progress.Message));
    }

    [Fact]
    public void A_prepare_ok_has_twelve_bytes_or_one_more()
    {
        byte[] bytes = [0, 9, 0, 0, 0, 2, 0, 3, 0, 0, 7, 0];

        Assert.True(PrepareOkPayload.TryRead(bytes, out var ok));
        Assert.Equal(new PrepareOkPayload(9, 2, 3, 7, true), ok);
        Assert.True(PrepareOkPayload.TryRead([.. bytes, 0], out ok));
        Assert.False(ok.MetadataFollows);
        Assert.False(PrepareOkPayload.TryRead([.. bytes, 0, 0], out _));
        Assert.False(PrepareOkPayload.TryRead([.. bytes[..9], 1, 7, 0], out _));
        AssertNoPrefix(bytes, (ReadOnlySpan<byte> b, out object v) => Box(PrepareOkPayload.TryRead(b, out var p), p, out v));
    }

    [Theory]
    [InlineData(new byte[] { 1 }, 1, true)]
    [InlineData(new byte[] { 0xfc, 0, 4 }, 1024, true)]
    [InlineData(new byte[] { 2, 0 }, 2, false)]
    [InlineData(new byte[] { 2, 1 }, 2, true)]
    public void A_column_count_may_say_that_no_definitions_follow(byte[] bytes, int columns, bool follows)
    {
        Assert.True(ColumnCountPayload.TryRead(bytes, out var count));
        Assert.Equal(new ColumnCountPayload(columns, follows), count);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0xfb })]
    [InlineData(new byte[] { 0xfc, 1 })]
    [InlineData(new byte[] { 0xfd, 0, 0, 1 })]
    [InlineData(new byte[] { 0xfe, 1, 0, 0, 0, 0, 0, 0, 0x80 })]
    [InlineData(new byte[] { 2, 2 })]
    [InlineData(new byte[] { 2, 1, 0 })]
    public void Other_bytes_are_no_column_count(byte[] bytes) => Assert.False(ColumnCountPayload.TryRead(bytes, out _));

    [Fact]
    public void A_greeting_is_whole_up_to_its_capabilities_or_it_is_none()
    {
        var bytes = Wire.Greeting(flags: 0xfffffffe & ~1u, version: "5.5.5-10.11.2-MariaDB", connectionId: 9, extended: 0x1d)[4..];

        Assert.True(GreetingPayload.TryRead(bytes, out var greeting));
        Assert.Equal(("10.11.2-MariaDB", true, 9u), (greeting.ServerVersion, greeting.IsMariaDb, greeting.ConnectionId));
        Assert.Equal(0x1dul, (ulong)greeting.Capabilities >> 32);
        var lower = 1 + 21 + 1 + 4 + 9 + 2;
        var upper = lower + 3 + 2 + 1 + 6 + 4;
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(length == lower || length >= upper, GreetingPayload.TryRead(bytes.AsSpan(0, length), out var cut));
            Assert.True(length < upper || cut == greeting);
        }
    }

    [Fact]
    public void An_old_greeting_has_no_capabilities()
    {
        byte[] bytes = [9, .. Wire.Text("3.20.32"), 0, 5, 0, 0, 0, .. Wire.Text("12345678"), 0];

        Assert.True(GreetingPayload.TryRead(bytes, out var greeting));
        Assert.Equal((9, "3.20.32", 5u, MySqlCapabilities.None),
            (greeting.ProtocolVersion, greeting.ServerVersion, greeting.ConnectionId, greeting.Capabilities));
        Assert.False(GreetingPayload.TryRead([8, .. bytes[1..]], out _));
    }

    [Fact]
    public void A_login_cut_behind_the_user_keeps_what_came_before()
    {
        var bytes = Wire.Login(Wire.ClientFlags, "app", "shop")[4..];
        for (var length = 0; length <= bytes.Length; length++)
        {
            var isRead = HandshakeResponsePayload.TryRead(bytes.AsSpan(0, length), out var login);
            Assert.Equal(length >= 36, isRead); // 32 bytes, "app" and its end
            Assert.Equal(isRead ? "app" : null, login.User);
            Assert.True(login.Schema is null or "shop");
            Assert.True(login.AuthPlugin is null or "mysql_native_password");
            Assert.False(login.IsSslRequest);
        }
    }

    [Fact]
    public void A_login_of_before_4_1_and_its_ssl_request_are_read()
    {
        byte[] bytes = [0x08, 0, 0, 0, 1, .. Wire.Text("old"), 0, .. Wire.Text("scramble"), 0, .. Wire.Text("shop"), 0];
        Assert.True(HandshakeResponsePayload.TryRead(bytes, out var login));
        Assert.Equal(("old", "shop", false), (login.User, login.Schema, login.IsSslRequest));
        for (var length = 0; length < 9; length++)
        {
            Assert.False(HandshakeResponsePayload.TryRead(bytes.AsSpan(0, length), out _));
        }

        Assert.True(HandshakeResponsePayload.TryRead([0x00, 0x08, 0, 0, 1], out var ssl));
        Assert.True(ssl.IsSslRequest);
    }

    [Fact]
    public void Random_bytes_are_read_without_an_exception()
    {
        var random = new Random(11);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Next(80)];
            random.NextBytes(bytes);
            if (bytes.Length > 0)
            {
                bytes[0] = (byte)(random.Next(6) switch { 0 => 0, 1 => 0xfe, 2 => 0xff, 3 => 10, 4 => 9, _ => bytes[0] });
            }

            _ = OkPayload.TryRead(bytes, true, out _);
            _ = EofPayload.TryRead(bytes, out _);
            _ = ErrPayload.TryRead(bytes, random.Next(40), out _);
            _ = PrepareOkPayload.TryRead(bytes, out _);
            _ = ColumnCountPayload.TryRead(bytes, out _);
            _ = GreetingPayload.TryRead(bytes, out _);
            _ = HandshakeResponsePayload.TryRead(bytes, out _);
            _ = L7Trace.Parsers.Protocols.MySql.QueryAttributes.FindText(bytes, round % 2 == 0 ? null : true);
        }
    }

    [Fact]
    public void The_cache_of_statements_drops_the_oldest_by_count_and_by_bytes()
    {
        var cache = new PreparedStatementCache(new ParseLimits { MaxPreparedStatements = 3, MaxPreparedText = 100 });
        for (var id = 1u; id <= 4; id++)
        {
            cache.Add(id, "text " + id, id);
        }

        Assert.False(cache.TryGet(1, out _, out _));
        Assert.True(cache.TryGet(4, out var text, out var missing));
        Assert.Equal(("text 4", 4L, 3), (text, missing, cache.Count));

        cache.Add(5, new string('x', 40), 0); // 80 bytes: room for one of the others
        Assert.Equal((2, 92L), (cache.Count, cache.TextBytes));
        Assert.True(cache.TryGet(4, out _, out _));
        cache.Add(6, new string('x', 51), 0); // more than all there is room for
        Assert.False(cache.TryGet(6, out _, out _));
        Assert.Equal(2, cache.Count);
    }

    [Fact]
    public void A_statement_id_that_is_given_out_again_has_the_new_text_and_is_the_newest()
    {
        var cache = new PreparedStatementCache(new ParseLimits { MaxPreparedStatements = 2, MaxPreparedText = 100 });
        cache.Add(1, "a", 0);
        cache.Add(2, "b", 0);
        cache.Add(1, "c", 0);
        cache.Add(3, "d", 0);

        Assert.True(cache.TryGet(1, out var text, out _));
        Assert.Equal("c", text);
        Assert.False(cache.TryGet(2, out _, out _));
        cache.Add(1, new string('x', 60), 0); // too long: the old text must not stand in for it
        Assert.False(cache.TryGet(1, out _, out _));
    }

    [Fact]
    public void A_cache_that_is_used_for_long_stays_small()
    {
        var cache = new PreparedStatementCache(new ParseLimits { MaxPreparedStatements = 8, MaxPreparedText = 1000 });
        for (var id = 0u; id < 10_000; id++)
        {
            cache.Add(id, "text", 0);
            cache.Remove(id - (id % 3));
        }

        Assert.InRange(cache.Count, 0, 8);
        Assert.Equal(8L * cache.Count, cache.TextBytes);
        cache.Clear();
        Assert.Equal((0, 0L), (cache.Count, cache.TextBytes));
    }

    private static bool Box<T>(bool isRead, T value, out object boxed)
        where T : struct
    {
        boxed = value;
        return isRead;
    }

    private static void AssertNoPrefix(byte[] bytes, Reading read)
    {
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(read(bytes.AsSpan(0, length), out _), $"{length} bytes are enough");
        }
    }
}
