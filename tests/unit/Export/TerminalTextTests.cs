// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using Xunit;

namespace L7Trace.UnitTests.Export;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("SELECT 'naïve' — 漢字 🙂", "SELECT 'naïve' — 漢字 🙂")]
    [InlineData("\u001b[31mred\u001b[0m", "\\x1b[31mred\\x1b[0m")]
    [InlineData("\u009b31m", "\\x9b31m")]
    [InlineData("\u001b]0;title\a", "\\x1b]0;title\\x07")]
    [InlineData("a\nb\r\tc\0", "a\\nb\\r\\tc\\x00")]
    [InlineData("del\u007f", "del\\x7f")]
    [InlineData("\u202a\u202b\u202c\u202d\u202e", "\\u202a\\u202b\\u202c\\u202d\\u202e")]
    [InlineData("\u2066\u2067\u2068\u2069", "\\u2066\\u2067\\u2068\\u2069")]
    [InlineData("\u200b\u200c\u200d\u200e\u200f\ufeff\u2060\u00ad", "\\u200b\\u200c\\u200d\\u200e\\u200f\\ufeff\\u2060\\xad")]
    [InlineData("a\u2028b\u2029c\u0085d", "a\\u2028b\\u2029c\\x85d")]
    [InlineData("\U000e0041\ufe0f\u3164", "\\u{e0041}\\ufe0f\\u3164")]
    public void What_a_terminal_acts_on_or_hides_becomes_a_visible_escape(string text, string safe)
    {
        Assert.Equal(safe, TerminalText.Sanitize(text));
        Assert.True(TerminalText.IsSafe(safe));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_shown_as_an_escape()
    {
        Assert.Equal("a\\ud83dz\\ude00", TerminalText.Sanitize("a\ud83dz\ude00"));
    }

    [Fact]
    public void No_character_of_unicode_gets_through_that_acts_on_a_terminal()
    {
        for (var value = 0; value <= 0xffff; value++)
        {
            var safe = TerminalText.Sanitize(new string((char)value, 1));

            Assert.DoesNotContain(safe, char.IsControl);
            Assert.DoesNotContain(safe, char.IsSurrogate);
            Assert.DoesNotContain(safe, c => c is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\u2028' or '\u2029');
        }
    }

    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdef", 5, "abcd…")]
    [InlineData("abcdef", 1, "…")]
    [InlineData("abcdef", 0, "")]
    [InlineData("漢字漢字", 8, "漢字漢字")]
    [InlineData("漢字漢字", 7, "漢字漢…")]
    [InlineData("漢字漢字", 6, "漢字…")]
    [InlineData("a\u0301b\u0301c", 3, "a\u0301b\u0301c")]
    [InlineData("a\u0301b\u0301c", 2, "a\u0301…")]
    [InlineData("\u001b\u001b", 5, "\\x1b…")]
    public void A_text_is_cut_by_columns_not_by_characters(string text, int columns, string cut)
    {
        var fit = TerminalText.Fit(text, columns);

        Assert.Equal(cut, fit);
        Assert.InRange(TerminalText.WidthOf(fit), 0, columns);
    }

    [Fact]
    public void A_giant_text_is_cut_without_being_read_to_its_end()
    {
        var text = new string('\u001b', 50_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(100, TerminalText.WidthOf(TerminalText.Fit(text, 100)));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void A_giant_text_without_width_is_cut_all_the_same()
    {
        Assert.EndsWith("…", TerminalText.Fit("a" + new string('\u0301', 100_000), 10), StringComparison.Ordinal);
    }
}
