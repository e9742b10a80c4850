// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.UnitTests.Support;

/// <summary>Files of the repository that tests compare the code with.</summary>
internal static class Repository
{
    /// <summary>The text of a file, by its path from the root.</summary>
    public static string Read(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "global.json")))
            {
                return File.ReadAllText(Path.Combine(folder.FullName, path));
            }
        }

        throw new FileNotFoundException($"{path}: no repository above {AppContext.BaseDirectory}");
    }
}
