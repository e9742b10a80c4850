// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Probe.Processes;

namespace L7Trace.UnitTests.Support;

/// <summary>A folder that looks like /proc.</summary>
internal sealed class FakeProc : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("l7trace-proc-").FullName;

    public FakeProc() => Proc = new ProcFs(_root);

    public ProcFs Proc { get; }

    /// <summary>Adds a process with its stat, status and network namespace.</summary>
    public void Add(uint id, string command, uint parent = 1, uint netns = 4_026_531_833)
    {
        Write(id, "stat", string.Create(CultureInfo.InvariantCulture,
            $"{id} ({command}) S {parent} 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 {id * 10} 100 200\n"));
        Write(id, "status", string.Create(CultureInfo.InvariantCulture, $"Name:\t{command}\nTgid:\t{id}\nPid:\t{id}\n"));
        var ns = Directory.CreateDirectory(Path.Combine(Folder(id), "ns")).FullName;
        File.CreateSymbolicLink(
            Path.Combine(ns, "net"), string.Create(CultureInfo.InvariantCulture, $"net:[{netns}]"));
    }

    public void Write(uint id, string file, string text)
    {
        var path = Path.Combine(Folder(id), file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public void Remove(uint id) => Directory.Delete(Folder(id), recursive: true);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private string Folder(uint id) => Path.Combine(_root, id.ToString(CultureInfo.InvariantCulture));
}
