// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.SlowSql;

/// <summary>Gives each name one object, for a bounded number of names; what comes later shares one. Not thread-safe.</summary>
internal sealed class NameTable
{
    /// <summary>Stands for all names that had no room.</summary>
    public const string Others = "(others)";

    private const int MaxNames = 20_000;

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <summary>The object that stands for a name.</summary>
    public string this[string name]
    {
        get
        {
            if (_names.TryGetValue(name, out var known))
            {
                return known;
            }

            if (_names.Count >= MaxNames)
            {
                return Others;
            }

            _names.Add(name, name);
            return name;
        }
    }
}
