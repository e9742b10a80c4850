// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.UnitTests.Support;

/// <summary>What code allocates by itself, without what the runtime does on the same thread now and then.</summary>
internal static class Allocated
{
    private const int Rounds = 5;

    /// <summary>Bytes of the cheapest of a few rounds: what the code needs, it needs in each.</summary>
    public static long AtLeastBy(Action code)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            code();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
