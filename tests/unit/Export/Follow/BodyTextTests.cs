// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Export.Bodies;
using L7Trace.Export.Follow;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Export.Follow;

public sealed class BodyTextTests
{
    [Fact]
    public void Json_is_laid_out_with_its_values_byte_for_byte() => Assert.Equal(
        """
        {
          "a": [
            1.50,
            -2e+3,
            "x\u00e9\"é"
          ],
          "b": {},
          "c": [],
          "d": {
            "e": null,
            "f": true
          }
        }
        """.Split('\n'),
        Shown("""{"a" : [1.50,-2e+3,"x\u00e9\"é"], "b":{},"c":[ ],"d":{"e":null,"f":true}}""", "application/json"));

    [Fact]
    public void Without_secrets_json_has_its_keys_and_no_value() => Assert.Equal(
        ["{", "  \"a\": [", "    ?,", "    ?", "  ],", "  \"b\": null", "}"],
        Shown("""{"a":[1,"sesame"],"b":null}""", "application/problem+json", secrets: false));

    [Theory]
    [InlineData("{\"a\":1}\n{\"a\":2}\n", "{|  \"a\": 1|}|{|  \"a\": 2|}")]
    [InlineData("[1,2,oops]", "[|  1,|  2|* no JSON from here on:|oops]")]
    [InlineData("\"text\"", "\"text\"")]
    [InlineData("\ufeff[]", "[]")]
    [InlineData("no json", "no json")]
    public void Several_values_and_broken_ones_are_shown_as_far_as_they_go(string json, string expected) =>
        Assert.Equal(expected.Split('|'), Shown(json, "application/json").Select(line => line.Replace(",oops", "oops", StringComparison.Ordinal)));

    [Fact]
    public void Json_that_is_cut_anywhere_is_shown_up_to_there()
    {
        const string Json = """{"list":[{"n":1,"t":"abc"},{"n":22}],"end":"\u1234"}""";
        for (var length = 1; length < Json.Length; length++)
        {
            var lines = Shown(Json[..length], "application/json", isWhole: false);
            var text = string.Concat(lines.Where(line => !line.StartsWith('*'))).Replace(" ", "", StringComparison.Ordinal);

            Assert.Equal(Json[..length], text);
        }
    }

    [Fact]
    public void Deep_json_and_json_that_makes_much_text_are_bounded()
    {
        var deep = Shown(new string('[', 100_000), "application/json");
        Assert.True(deep.Count < 300, $"{deep.Count} lines");

        var wide = Shown(new string('[', 60) + string.Join(',', Enumerable.Repeat("1", 400_000)), "application/json");
        Assert.True(wide.Sum(line => line.Length) < BodyLines.MaxBody + 1000);
        Assert.Equal("* the rest of the body is left out: it would be too much text", wide[^1]);
    }

    [Fact]
    public void A_form_shows_its_fields_and_without_secrets_their_names()
    {
        Assert.Equal(["user=ann", "pass word=a=b\\n", "x"], Shown("user=ann&pass+word=a%3Db%0A&x", "application/x-www-form-urlencoded"));
        Assert.Equal(["user=?", "pass word=?", "?"], Shown("user=ann&pass+word=a%3Db&x", "application/x-www-form-urlencoded", secrets: false));
    }

    [Theory]
    [InlineData("text/plain", "a\tb\r\nc", "a\tb|c")]
    [InlineData("", "<p>\u00e9</p>", "<p>\u00e9</p>")]
    [InlineData("text/html", "\u001b[2Jred\u202etxt\u0007", "\\x1b[2Jred\\u202etxt\\x07")]
    public void Text_is_text_and_nothing_in_it_reaches_the_terminal(string type, string text, string expected) =>
        Assert.Equal(expected.Split('|'), Shown(text, type));

    [Fact]
    public void Text_that_is_cut_inside_a_character_stays_text() =>
        Assert.Equal(["ab"], Lines([(byte)'a', (byte)'b', 0xe2, 0x82], "text/plain", secrets: true, isWhole: false));

    [Fact]
    public void The_charset_is_heeded() => Assert.Equal(["é"], Lines([0xe9], "text/plain", secrets: true, isWhole: true, charset: "iso-8859-1"));

    [Fact]
    public void Other_bytes_are_a_hex_dump_of_bounded_length()
    {
        var lines = Lines([.. Enumerable.Range(0, 20).Select(n => (byte)(n + 0x5c))], "image/png", secrets: true, isWhole: true);
        Assert.Equal("00000000  5c 5d 5e 5f 60 61 62 63  64 65 66 67 68 69 6a 6b  |\\]^_`abcdefghijk|", Lines([.. Enumerable.Range(0, 17).Select(n => (byte)(n + 0x5c)), 0], "", true, true)[0]);
        Assert.Equal("00000010  6c 00                                             |l.|", Lines([.. Enumerable.Range(0, 17).Select(n => (byte)(n + 0x5c)), 0], "", true, true)[1]);
        Assert.Equal(["\\]^_`abcdefghijklmno"], lines);

        var large = Lines(new byte[100_000], "", secrets: true, isWhole: true);
        Assert.Equal((257, "* 95904 more bytes"), (large.Count, large[^1]));
    }

    [Fact]
    public void Without_secrets_text_and_other_bytes_are_counted_only()
    {
        Assert.Equal(["* 6 bytes withheld: only --show-secrets shows text and other bytes"], Shown("sesame", "text/plain", secrets: false));
        Assert.Equal(["* 2 bytes withheld: only --show-secrets shows text and other bytes"], Lines([0, 1], "", secrets: false, isWhole: true));
    }

    [Fact]
    public void Random_bytes_of_every_type_are_shown_without_harm()
    {
        var random = new Random(3);
        var letters = Encoding.UTF8.GetBytes("{}[]\",:1e-\\u%&=\ufeff \n\x1b");
        foreach (var type in new[] { "application/json", "application/x-www-form-urlencoded", "text/plain", "" })
        {
            for (var round = 0; round < 200; round++)
            {
                var bytes = new byte[random.Next(300)];
                random.NextBytes(bytes);
                for (var i = 0; i < bytes.Length && round % 2 == 0; i++)
                {
                    bytes[i] = letters[bytes[i] % letters.Length];
                }

                var lines = Lines(bytes, type, secrets: round % 3 != 0, isWhole: round % 5 != 0);
                Assert.All(lines, line => Assert.DoesNotContain(line, static c => c is < ' ' and not '\t'));
            }
        }
    }

    private static List<string> Shown(string text, string type, bool secrets = true, bool isWhole = true) =>
        Lines(Encoding.UTF8.GetBytes(text), type, secrets, isWhole);

    // The lines without the mark in front of them; those of l7trace with it.
    private static List<string> Lines(byte[] bytes, string type, bool secrets, bool isWhole, string charset = "")
    {
        var output = new StringWriter();
        BodyTexts.Write(
            new ShownBody
            {
                Exchange = Some.Get("/"),
                IsRequest = false,
                Body = new DecodedBody { Bytes = bytes, IsCaptured = isWhole },
                MediaType = type,
                Charset = charset,
                ShowsSecrets = secrets,
            },
            new BodyLines(output, "<"));
        return [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.StartsWith('*') ? line : line.Length > 2 ? line[2..] : "")];
    }
}
