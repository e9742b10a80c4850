// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.IntegrationTests.Support;

/// <summary>A folder that goes with the test. L7TRACE_KEEP=1 keeps it, to look at what was recorded.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>Its full path, short enough for unix sockets.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("l7it-").FullName;

    /// <summary>Lets every user write into it.</summary>
    public void Open()
    {
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(Path, (UnixFileMode)0b111_111_111);
        }
    }

    /// <summary>Full path of a file in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Environment.GetEnvironmentVariable("L7TRACE_KEEP") is null)
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
