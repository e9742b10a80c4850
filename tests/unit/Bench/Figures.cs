// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using L7Trace.Probe.Bpf;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Bench;

/// <summary>
/// The file beside this one: figures that don't depend on the machine or its load, `KIND NAME FIGURE` in each line. L7TRACE_FIGURES_WRITE=1
/// (make figures) writes what is measured into it instead of comparing.
/// </summary>
internal static class Figures
{
    private const string File = "tests/unit/Bench/figures.txt";
    private const int SymbolSize = 24;
    private const int InstructionSize = 8;
    private const byte FunctionType = 2;

    /// <summary>Fails, with a sentence for each, where what was measured is more than the file says, less than it says, or not in it.</summary>
    /// <param name="kind">Which lines of the file.</param>
    /// <param name="measured">All that there is of the kind.</param>
    /// <param name="tolerance">How far apart the two may be where the file says so much.</param>
    public static void Compare(string kind, IReadOnlyDictionary<string, double> measured, Func<double, double> tolerance)
    {
        if (Environment.GetEnvironmentVariable("L7TRACE_FIGURES_WRITE") is "1")
        {
            Write(kind, measured);
        }

        var differences = Differences(Read(kind), measured, tolerance).ToList();
        Assert.True(differences.Count == 0, $"""

            {kind}: not what {File} says:
            {string.Join('\n', differences)}
            Where it is meant, write the file anew by `make figures`, and give the reason with the commit.
            """);
    }

    /// <summary>A sentence for each figure that is not the expected one.</summary>
    public static IEnumerable<string> Differences(
        IReadOnlyDictionary<string, double> expected, IReadOnlyDictionary<string, double> measured, Func<double, double> tolerance)
    {
        foreach (var name in expected.Keys.Union(measured.Keys).Order(StringComparer.Ordinal))
        {
            var (isExpected, isMeasured) = (expected.TryGetValue(name, out var was), measured.TryGetValue(name, out var now));
            if (!isExpected || !isMeasured)
            {
                yield return Invariant($"  {name}: {(isMeasured ? $"{now:0.#}, and not in the file" : "in the file, and not there")}");
            }
            else if (Math.Abs(now - was) > tolerance(was))
            {
                yield return Invariant($"  {name}: {now:0.#}, {(now > was ? "more" : "less")} than {was:0.#}");
            }
        }
    }

    /// <summary>Instructions of each function of a BPF object: its programs, and what they call.</summary>
    public static Dictionary<string, double> Instructions(byte[] file)
    {
        var names = ElfSymbols.SectionBytes(file, ".strtab");
        var functions = new Dictionary<string, double>();
        for (var symbols = ElfSymbols.SectionBytes(file, ".symtab"); symbols.Length >= SymbolSize; symbols = symbols[SymbolSize..])
        {
            if ((symbols[4] & 0xf) == FunctionType)
            {
                var name = names[(int)BinaryPrimitives.ReadUInt32LittleEndian(symbols)..];
                functions.Add(Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]), BinaryPrimitives.ReadUInt64LittleEndian(symbols[16..]) / InstructionSize);
            }
        }

        return functions;
    }

    private static Dictionary<string, double> Read(string kind) => Lines()
        .Where(line => line is [var first, _, _] && first == kind)
        .ToDictionary(static line => line[1], static line => double.Parse(line[2], CultureInfo.InvariantCulture));

    private static IEnumerable<string[]> Lines() =>
        Repository.Read(File).Split('\n').Where(static line => line.Length > 0 && line[0] != '#').Select(static line => line.Split(' '));

    // In the place of the kind's lines stand new ones; all others stay.
    private static void Write(string kind, IReadOnlyDictionary<string, double> measured)
    {
        var lines = Repository.Read(File).TrimEnd('\n').Split('\n').ToList();
        var at = lines.FindIndex(line => line.StartsWith(kind + " ", StringComparison.Ordinal));
        lines.RemoveAll(line => line.StartsWith(kind + " ", StringComparison.Ordinal));
        lines.InsertRange(at < 0 ? lines.Count : at, measured.OrderBy(static x => x.Key, StringComparer.Ordinal).Select(x => Invariant($"{kind} {x.Key} {x.Value:0.#}")));
        System.IO.File.WriteAllText(Path.Combine(Repository.Root, File), string.Join('\n', lines) + "\n");
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
