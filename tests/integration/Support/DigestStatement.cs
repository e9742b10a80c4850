// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.IntegrationTests.Support;

/// <summary>A statement of statements.sql.</summary>
/// <param name="Text">The statement.</param>
/// <param name="Without">Servers that have no digest of it, since it is an error to their parser: mysql, mariadb.</param>
internal sealed record DigestStatement(string Text, IReadOnlyList<string> Without)
{
    /// <summary>The statement on one line, as digest-differences.txt has it.</summary>
    public string Line => Text.Replace("\n", "\\n", StringComparison.Ordinal);

    /// <summary>Those of the file, and some that are too long for one.</summary>
    public static IReadOnlyList<DigestStatement> All()
    {
        var statements = new List<DigestStatement>();
        string[] without = [];
        var lines = new List<string>();
        foreach (string line in File.ReadLines(FileOf("statements.sql")).SkipWhile(x => x.StartsWith('#')))
        {
            if (!line.StartsWith("%%", StringComparison.Ordinal))
            {
                lines.Add(line);
                continue;
            }

            if (lines.Count > 0)
            {
                statements.Add(new DigestStatement(Unescape(string.Join('\n', lines)), without));
            }

            lines.Clear();
            without = [.. line[2..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(x => x["no-".Length..])];
        }

        statements.AddRange(Long().Select(x => new DigestStatement(x, [])));
        return statements;
    }

    /// <summary>Listed differences of a server: statement (one line), reason.</summary>
    public static Dictionary<string, string> Differences(string server) =>
        File.ReadLines(FileOf("digest-differences.txt")).Where(x => !x.StartsWith('#'))
            .Select(x => x.Split('\t', 3)).Where(x => x[0] == server).ToDictionary(x => x[2], x => x[1], StringComparer.Ordinal);

    private static string Unescape(string text) => text
        .Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\r", "\r", StringComparison.Ordinal)
        .Replace("\\z", "\0", StringComparison.Ordinal);

    private static string FileOf(string name) => Path.Combine(Repository.Root, "tests", "integration", name);

    // Around and far over max_digest_length, at which a digest is cut.
    private static IEnumerable<string> Long()
    {
        string Numbers(int count, Func<int, string> each) => string.Join(", ", Enumerable.Range(0, count).Select(each));
        yield return $"select a from t where b in ({Numbers(5000, x => $"{x}")})";
        yield return $"select a from t where b in ({Numbers(600, x => $"f({x})")})";
        yield return $"insert into t values {Numbers(3000, x => $"({x}, 'v{x}', null)")}";
        yield return $"insert into t values {Numbers(400, x => $"({x}, now())")}";
        yield return $"select {Numbers(300, x => $"col_{x}")} from t where z = 1";
        yield return $"select {string.Join(" + ", Enumerable.Repeat("a", 600))}";
        yield return $"select {Numbers(150, x => $"`é{x}`")} from t";
        foreach (int length in (int[])[63, 64, 65, 200, 255])
        {
            yield return $"select 1 as `{new string('y', length)}`, 2 as {new string('z', length)}, 3";
        }

        for (int length = 1; length <= 8; length++)
        {
            yield return $"select a{new string('b', length)}, {string.Join("+", Enumerable.Repeat("a", 144))} + -1, 2, 'x'";
        }
    }
}
