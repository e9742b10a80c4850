// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.IntegrationTests.Support;

/// <summary>Assertions whose messages show the first differences instead of two lists of ten thousands.</summary>
internal static class TraceAssert
{
    private const int Shown = 12;

    /// <summary>No complete exchange contradicts itself.</summary>
    public static void Agree(IEnumerable<TraceRecord> records, Func<TraceRecord, string?> fault)
    {
        string[] faults = [.. records.Where(x => x.IsComplete).Select(fault).OfType<string>()];
        Assert.True(faults.Length == 0, $"{faults.Length} exchanges contradict themselves:\n" + First(faults));
    }

    /// <summary>Every exchange is complete, as far as the protocol answers at all.</summary>
    public static void AllComplete(IEnumerable<TraceRecord> records)
    {
        string[] others = [.. records.Where(x => !x.IsComplete && !x.IsOneWay).Select(x => x.ToString())];
        Assert.True(others.Length == 0, $"{others.Length} exchanges are not complete:\n" + First(others));
    }

    /// <summary>Both have the same entries, each as often.</summary>
    public static void SameMultiset(IEnumerable<string> expected, IEnumerable<string> actual, string what)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string entry in expected)
        {
            counts[entry] = counts.GetValueOrDefault(entry) + 1;
        }

        foreach (string entry in actual)
        {
            counts[entry] = counts.GetValueOrDefault(entry) - 1;
        }

        string[] missing = [.. counts.Where(x => x.Value > 0).Select(x => $"missing {x.Value}x: {x.Key}")];
        string[] extra = [.. counts.Where(x => x.Value < 0).Select(x => $"too many by {-x.Value}: {x.Key}")];
        Assert.True(
            missing.Length + extra.Length == 0,
            $"{what}: {missing.Length} entries missing, {extra.Length} too many\n{First(missing)}\n{First(extra)}");
    }

    /// <summary>Both have the same entries in the same order.</summary>
    public static void SameSequence<TExpected, TActual>(
        IReadOnlyList<TExpected> expected, IReadOnlyList<TActual> actual, Func<TExpected, TActual, bool> same, string what)
    {
        for (int i = 0; i < Math.Max(expected.Count, actual.Count); i++)
        {
            if (i < expected.Count && i < actual.Count && same(expected[i], actual[i]))
            {
                continue;
            }

            Assert.Fail(
                $"{what}: {expected.Count} entries expected, {actual.Count} found; the first difference is at {i}:\n"
                + $"expected:\n{First(expected.Skip(Math.Max(0, i - 1)).Take(4))}\n"
                + $"found:\n{First(actual.Skip(Math.Max(0, i - 1)).Take(4))}");
        }
    }

    /// <summary>A line in the test's output: figures that are worth reading and not worth asserting.</summary>
    public static void Note(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);

    private static string First<T>(IEnumerable<T> lines) => string.Join('\n', lines.Take(Shown));
}
