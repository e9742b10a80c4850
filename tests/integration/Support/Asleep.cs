// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.IntegrationTests.Support;

/// <summary>What the threads of a process and its children are doing, by /proc/PID/task/TID/syscall.</summary>
internal static class Asleep
{
    // x86-64: read, readv, recvfrom, recvmsg, recvmmsg.
    private static readonly string[] Receives = ["0", "19", "45", "47", "299"];

    /// <summary>Waits until this many threads sleep in a receive.</summary>
    public static async Task WaitAsync(int pid, int threads)
    {
        int asleep = 0;
        for (int i = 0; i < 500; i++)
        {
            asleep = Tree(pid).Sum(Count);
            if (asleep >= threads)
            {
                return;
            }

            await Task.Delay(20);
        }

        Assert.Fail($"{asleep} and not {threads} threads of {pid} sleep in a receive");
    }

    private static int Count(int pid)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{pid}/task").Count(IsReceiving);
        }
        catch (IOException)
        {
            return 0; // it has ended
        }
    }

    private static bool IsReceiving(string task)
    {
        try
        {
            string call = File.ReadAllText(task + "/syscall");
            return Receives.Contains(call.Split(' ')[0]);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static IEnumerable<int> Tree(int pid)
    {
        string children;
        try
        {
            children = File.ReadAllText($"/proc/{pid}/task/{pid}/children");
        }
        catch (IOException)
        {
            children = "";
        }

        return children.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(x => int.Parse(x, CultureInfo.InvariantCulture)).Prepend(pid);
    }
}
