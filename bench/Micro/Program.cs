// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace L7Trace.Micro;

/// <summary>
/// `L7Trace.Micro [LOAD...]`: measures with BenchmarkDotNet and prints a table. `L7Trace.Micro cpu [LOAD...]`: CPU time instead of
/// wall-clock time, all loads in turn, the least of ten: for a machine on which others work. `L7Trace.Micro play LOAD ROUNDS`: nothing
/// but the rounds, to be profiled.
/// </summary>
internal static class Program
{
    private const int Turns = 10;

    /// <summary>The loads that the command line named.</summary>
    internal static IReadOnlyList<string> Wanted { get; private set; } = ParserLoads.Names;

    private static int Main(string[] args)
    {
        if (args is ["play", var load, var rounds])
        {
            Play(ParserLoads.Make(load), int.Parse(rounds, CultureInfo.InvariantCulture));
            return 0;
        }

        var isCpu = args is ["cpu", ..];
        var named = isCpu ? args[1..] : args;
        Wanted = named.Length > 0 ? named : Wanted;
        if (Wanted.FirstOrDefault(static x => !ParserLoads.Names.Contains(x)) is { } unknown)
        {
            Console.Error.WriteLine($"no load '{unknown}'; there are {string.Join(' ', ParserLoads.Names)}");
            return 2;
        }

        Console.WriteLine("| load | exchanges/s | MB/s | ns an exchange | bytes allocated an exchange | a segment |");
        Console.WriteLine("|---|---|---|---|---|---|");
        if (isCpu)
        {
            MeasureProcessor();
        }
        else
        {
            Measure();
        }

        return 0;
    }

    private static void Measure()
    {
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).WithIterationCount(7))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(NullLogger.Instance);
        foreach (var report in BenchmarkRunner.Run<ParserBenchmarks>(config).Reports)
        {
            var load = ParserLoads.Make((string)report.BenchmarkCase.Parameters["Load"]);
            var statistics = report.ResultStatistics ?? throw new InvalidOperationException("not measured: " + load.Name);
            var allocated = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;
            Write(load, statistics.Median, statistics.Min, statistics.Max, allocated);
        }
    }

    private static void MeasureProcessor()
    {
        var loads = Wanted.Select(static name => ParserLoads.Make(name)).ToArray();
        var times = loads.Select(static _ => new List<double>()).ToArray();
        var rounds = new int[loads.Length];
        for (var turn = -1; turn < Turns; turn++)
        {
            for (var i = 0; i < loads.Length; i++)
            {
                if (turn < 0)
                {
                    rounds[i] = Warm(loads[i]);
                    continue;
                }

                var before = Environment.CpuUsage.TotalTime;
                Play(loads[i], rounds[i]);
                times[i].Add((Environment.CpuUsage.TotalTime - before).TotalNanoseconds / rounds[i]);
            }
        }

        for (var i = 0; i < loads.Length; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Play(loads[i], rounds[i]);
            Write(loads[i], times[i].Min(), times[i].Min(), times[i].Max(), (GC.GetAllocatedBytesForCurrentThread() - before) / rounds[i]);
        }
    }

    // Compiled for good; the rounds of a fifth of a second.
    private static int Warm(ParserLoad load)
    {
        Play(load, 60);
        Thread.Sleep(200);
        Play(load, 60);
        var clock = Stopwatch.StartNew();
        Play(load, 20);
        return (int)Math.Clamp(20 * 0.2 / clock.Elapsed.TotalSeconds, 5, 5_000);
    }

    private static void Play(ParserLoad load, int rounds)
    {
        for (var i = 0; i < rounds; i++)
        {
            load.Play();
        }
    }

    private static void Write(ParserLoad load, double nanoseconds, double least, double most, long allocated)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {load.Name} | {Rate(nanoseconds):N0} ({Rate(most):N0} to {Rate(least):N0}) | {load.Bytes * 1e3 / nanoseconds:N0} | {nanoseconds / load.Exchanges:N0} | {(double)allocated / load.Exchanges:N0} | {(double)allocated / load.Segments:N1} |"));
        double Rate(double time) => load.Exchanges * 1e9 / time;
    }
}
