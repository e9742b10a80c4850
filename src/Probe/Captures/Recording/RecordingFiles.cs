// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>
/// The files of a recording, readable for their owner alone. Each is made anew: what stood at its path is removed if it
/// is a regular file, and refused if it is anything else. So nobody who put something there before reads along, and a
/// symbolic link leads nowhere.
/// </summary>
/// <param name="path">The file; of a numbered series, its name before the number goes in front of the extension.</param>
/// <param name="isNumbered">True for a series.</param>
public sealed class RecordingFiles(string path, bool isNumbered) : IRecordingTarget
{
    private int _number;

    /// <summary>The file opened last; before that the one that is opened first.</summary>
    public string Current { get; private set; } = isNumbered ? Numbered(path, 1) : path;

    /// <summary>A name of the series.</summary>
    public static string Numbered(string path, int number)
    {
        ArgumentNullException.ThrowIfNull(path);
        var extension = Path.GetExtension(path);
        return path[..^extension.Length] + number.ToString("'-'00000", CultureInfo.InvariantCulture) + extension;
    }

    /// <inheritdoc/>
    public Stream OpenNext()
    {
        Current = isNumbered ? Numbered(path, ++_number) : path;
        switch (FileKinds.Of(Current))
        {
            case FileKinds.Kind.Regular:
                File.Delete(Current);
                break;
            case FileKinds.Kind.Link:
                throw new IOException("it is a symbolic link, which is not followed");
            case FileKinds.Kind.Other:
                throw new IOException("it is no regular file");
            default:
                break;
        }

        return new FileStream(Current, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, // fails on whatever came there since, links included
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }
}
