// SPDX-License-Identifier: Apache-2.0
using L7Trace.Micro;
using L7Trace.Probe.Bpf;
using Xunit;

namespace L7Trace.UnitTests.Bench;

/// <summary>
/// The guard against growing slower unseen: what an exchange and a connection allocate, and how long the kernel side's programs are. Unlike
/// times, both are the same in every run; <c>figures.txt</c> has them.
/// </summary>
public sealed class FigureTests
{
    // Bytes. Twenty runs differed by none; the smallest object has 24, so that none more can be made unseen, in whatever place.
    private const double ExchangeTolerance = 8;

    // Bytes. The runtime itself allocates a hundred on the thread now and then, where other tests keep it busy.
    private const double ConnectionTolerance = 250;

    // Clang 16 makes functions of the same source up to 4.2 % longer than clang 14, whose figures the file has, and up to 5.9 % shorter.
    private const double InstructionTolerance = 0.06;

    // And the shortest ones by a few instructions.
    private const double FewInstructions = 8;

    [Fact]
    public void An_exchange_and_a_connection_allocate_what_they_did()
    {
        var (exchanges, connections) = (new Dictionary<string, double>(), new Dictionary<string, double>());
        foreach (var name in ParserLoads.Names.Where(static name => !ParserLoads.IsOfBytes(name)))
        {
            var (few, many) = (ParserLoads.Make(name, 0.2), ParserLoads.Make(name, 1));
            var (fewBytes, manyBytes) = (AllocatedBy(few), AllocatedBy(many));

            exchanges[name] = (double)(manyBytes - fewBytes) / (many.Exchanges - few.Exchanges);
            connections[name] = fewBytes - (exchanges[name] * few.Exchanges);
        }

        Figures.Compare("bytes-of-an-exchange", exchanges, static _ => ExchangeTolerance);
        Figures.Compare("bytes-of-a-connection", connections, static _ => ConnectionTolerance);
    }

    [Fact]
    public void The_kernel_sides_functions_are_as_long_as_they_were() => Figures.Compare(
        "instructions",
        Figures.Instructions(EmbeddedObject.Read()),
        static count => Math.Max(count * InstructionTolerance, FewInstructions));

    [Fact]
    public void A_figure_that_grew_or_shrank_or_is_new_or_gone_is_told()
    {
        var was = new Dictionary<string, double> { ["a"] = 100, ["b"] = 100, ["c"] = 100, ["d"] = 100 };
        var now = new Dictionary<string, double> { ["a"] = 110, ["b"] = 110.1, ["c"] = 89, ["e"] = 5 };

        Assert.Equal(
            ["  b: 110.1, more than 100", "  c: 89, less than 100", "  d: in the file, and not there", "  e: 5, and not in the file"],
            Figures.Differences(was, now, static _ => 10));
    }

    /// <summary>Bytes that one round allocates when all that is kept for reuse is there.</summary>
    internal static long AllocatedBy(ParserLoad load)
    {
        var least = long.MaxValue;
        for (var round = 0; round < 12; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            load.Play();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
