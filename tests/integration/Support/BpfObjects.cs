// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace L7Trace.IntegrationTests.Support;

/// <summary>The kernel objects that one process holds, by the ids in its fdinfo; nobody else's are looked at.</summary>
internal sealed partial record BpfObjects(IReadOnlyList<uint> Programs, IReadOnlyList<uint> Maps, IReadOnlyList<uint> Links)
{
    public static BpfObjects Of(int pid)
    {
        var found = new Dictionary<string, List<uint>>(StringComparer.Ordinal)
        {
            ["prog_id"] = [],
            ["map_id"] = [],
            ["link_id"] = [],
        };
        foreach (string file in Directory.GetFiles($"/proc/{pid}/fdinfo"))
        {
            string text = Read(file);

            // A link names its program too; a program's own fdinfo names no link.
            bool link = text.Contains("link_id:", StringComparison.Ordinal);
            foreach (Match match in Id().Matches(text))
            {
                if (!link || match.Groups[1].Value == "link_id")
                {
                    found[match.Groups[1].Value].Add(uint.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture));
                }
            }
        }

        return new BpfObjects(found["prog_id"], found["map_id"], found["link_id"]);
    }

    /// <summary>Those that the kernel still has.</summary>
    public async Task<IReadOnlyList<string>> StillThereAsync()
    {
        var left = new List<string>();
        foreach ((string kind, IReadOnlyList<uint> ids) in new[] { ("prog", Programs), ("map", Maps), ("link", Links) })
        {
            foreach (uint id in ids)
            {
                await using ChildProcess tool = Show(kind, id);
                await tool.WaitAsync();
                if (tool.ExitCode == 0)
                {
                    left.Add($"{kind} {id}");
                }
            }
        }

        return left;
    }

    /// <summary>Entries in the map of this name; null when no map of the process has it.</summary>
    public async Task<int?> CountEntriesAsync(string mapName)
    {
        foreach (uint id in Maps)
        {
            await using ChildProcess tool = Show("map", id);
            await tool.WaitAsync();
            if (tool.ExitCode != 0)
            {
                continue;
            }

            using JsonDocument map = JsonDocument.Parse(tool.Output);

            // The kernel keeps 15 bytes of a map's name.
            if (map.RootElement.GetProperty("name").GetString() is { Length: > 0 } name
                && (name == mapName || (name.Length == 15 && mapName.StartsWith(name, StringComparison.Ordinal))))
            {
                string dump = await ChildProcess.RunAsync(
                    "bpftool", "-j", "map", "dump", "id", id.ToString(CultureInfo.InvariantCulture));
                using JsonDocument entries = JsonDocument.Parse(dump);
                return entries.RootElement.GetArrayLength();
            }
        }

        return null;
    }

    // The process goes on meanwhile: a descriptor of the listing may be closed by now.
    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static ChildProcess Show(string kind, uint id) =>
        ChildProcess.Start("bpftool", "-j", kind, "show", "id", id.ToString(CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^(prog_id|map_id|link_id):\s*(\d+)", RegexOptions.Multiline)]
    private static partial Regex Id();
}
