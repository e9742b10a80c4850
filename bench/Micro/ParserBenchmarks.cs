// SPDX-License-Identifier: Apache-2.0
using BenchmarkDotNet.Attributes;

namespace L7Trace.Micro;

/// <summary>Segments to exchanges, one round of a load at a time.</summary>
public class ParserBenchmarks
{
    private ParserLoad _load = null!;

    /// <summary>The load.</summary>
    [ParamsSource(nameof(Loads))]
    public string Load { get; set; } = "";

    /// <summary>All loads, or those that the command line named.</summary>
    public static IEnumerable<string> Loads => Program.Wanted;

    /// <summary>Puts the bytes of the load together.</summary>
    [GlobalSetup]
    public void Setup() => _load = ParserLoads.Make(Load);

    /// <summary>One connection.</summary>
    [Benchmark]
    public void Round() => _load.Play();
}
