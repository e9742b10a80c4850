// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Sql;

public sealed class SqlTokenizerTests
{
    [Fact]
    public void Words_are_of_letters_digits_underscores_dollars_and_all_that_is_not_ascii()
    {
        for (var c = '\0'; c < 0x300; c++)
        {
            Assert.Equal(char.IsAsciiLetterOrDigit(c) || c is '_' or '$' || c >= 0x80, SqlTokenizer.IsWordCharacter(c));
        }
    }

    [Theory]
    [InlineData("'a''b' c", 6)]
    [InlineData(@"'a\'b' c", 6)]
    [InlineData(@"'a\\' c", 5)]
    [InlineData(@"'a\", 3)]
    [InlineData("'a''", 4)]
    [InlineData("'", 1)]
    [InlineData("'' c", 2)]
    [InlineData("'0123456789012345678901234567890123456789\"`#--/*' c", 49)]
    public void A_string_ends_at_its_quote_unless_that_is_doubled_or_escaped(string sql, int length)
    {
        var token = new SqlTokenizer(sql).Next();

        Assert.Equal((SqlTokenKind.String, length, length < sql.Length), (token.Kind, token.Length, token.Terminated));
    }

    [Theory]
    [InlineData("a", "Word:a")]
    [InlineData("1a", "Word:1a")]
    [InlineData("1e5", "Number:1e5")]
    [InlineData("1e", "Word:1e")]
    [InlineData("1.5a", "Number:1.5 Word:a")]
    [InlineData("1..5", "Number:1. Number:.5")]
    [InlineData("0x1g", "Word:0x1g")]
    [InlineData("0x", "Word:0x")]
    [InlineData("0b12", "Word:0b12")]
    [InlineData("t.5", "Word:t Operator:. Word:5")]
    [InlineData("`t`.5e", "QuotedIdentifier:`t` Operator:. Word:5e")]
    [InlineData("(.5)", "Operator:( Number:.5 Operator:)")]
    [InlineData("a<=>b->>c:=d", "Word:a Operator:<=> Word:b Operator:->> Word:c Operator::= Word:d")]
    [InlineData("n'x'", "String:n'x'")]
    [InlineData("nx'x'", "Word:nx String:'x'")]
    [InlineData("@a.b", "Operator:@ VariableName:a.b")]
    [InlineData("@`a`", "Operator:@ QuotedIdentifier:`a`")]
    [InlineData("@@a", "Operator:@ Operator:@ Word:a")]
    [InlineData("_utf8'x'", "CharsetIntroducer:_utf8 String:'x'")]
    [InlineData("/**/", "Comment:/**/")]
    [InlineData("/*/ */", "Comment:/*/ */")]
    [InlineData("/*M!50101 a*/", "Comment:/*M!50101 a*/")]
    [InlineData("/*!a*/*/", "ExecutableMark:/*! Word:a ExecutableMark:*/ Operator:* Operator:/")]
    [InlineData("/*!a/*b*/c*/", "ExecutableMark:/*! Word:a Comment:/*b*/ Word:c ExecutableMark:*/")]
    [InlineData("--a", "Operator:- Operator:- Word:a")]
    [InlineData("--", "Comment:--")]
    [InlineData("ünïcödé", "Word:ünïcödé")]
    [InlineData("\0", "")]
    public void A_text_is_cut_into_these_pieces(string text, string pieces)
    {
        Assert.Equal(pieces, string.Join(' ', Tokens(text).Where(t => t.Kind != SqlTokenKind.Whitespace)
            .Select(t => $"{t.Kind}:{t.In(text)}")));
    }

    [Fact]
    public void The_pieces_of_any_text_joined_are_the_text()
    {
        var random = new Random(20261123);
        const string Alphabet = "aN_x01.'\"`\\/*!-# \n@?;()<=>é\ud83d";
        for (var round = 0; round < 20_000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(0, 24)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            var at = 0;
            foreach (var token in Tokens(text, (SqlQuoting)random.Next(0, 4)))
            {
                Assert.Equal(at, token.Start);
                Assert.InRange(token.Length, 1, text.Length - at);
                at = token.End;
            }

            Assert.Equal(text.Length, at);
        }
    }

    private static List<SqlToken> Tokens(string text, SqlQuoting quoting = SqlQuoting.Default)
    {
        var result = new List<SqlToken>();
        var tokenizer = new SqlTokenizer(text, quoting);
        for (var token = tokenizer.Next(); token.Kind != SqlTokenKind.End; token = tokenizer.Next())
        {
            result.Add(token);
        }

        return result;
    }
}
