// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.IntegrationTests.Support;

/// <summary>The C programs of tests/integration/programs, compiled once per run.</summary>
internal static class NativePrograms
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "programs");
    private static readonly SemaphoreSlim Gate = new(1, 1);
    private static readonly HashSet<string> Built = [];

    /// <summary>The C compiler, or null.</summary>
    public static string? Compiler { get; } = new[] { "clang", "gcc", "cc" }.FirstOrDefault(x => Requirement.Find(x) is not null);

    /// <summary>The compiled program's path.</summary>
    public static async Task<string> BuildAsync(string name, params string[] libraries)
    {
        string program = Path.Combine(Folder, name);
        await Gate.WaitAsync();
        try
        {
            if (Built.Add(name))
            {
                await ChildProcess.RunAsync(
                    Compiler!,
                    [
                        "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", program + ".c", "-o", program,
                        "-I/usr/include/mariadb", .. libraries.Select(x => "-l" + x),
                    ]);
            }
        }
        finally
        {
            Gate.Release();
        }

        return program;
    }
}
