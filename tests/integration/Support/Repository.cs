// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.IntegrationTests.Support;

/// <summary>Places in the repository.</summary>
internal static class Repository
{
    /// <summary>Its root: the nearest folder above the tests that holds the kernel side.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The binary under test: L7TRACE_BIN, else bin/l7trace. Its absence is a failure, never a skip.</summary>
    public static string Binary
    {
        get
        {
            string path = Environment.GetEnvironmentVariable("L7TRACE_BIN") is { Length: > 0 } given
                ? Path.GetFullPath(given)
                : Path.Combine(Root, "bin", "l7trace");
            Assert.True(File.Exists(path), $"No {path}: run 'make build' first.");
            return path;
        }
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "bpf", "l7trace.bpf.h")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests run from inside the repository.");
    }
}
