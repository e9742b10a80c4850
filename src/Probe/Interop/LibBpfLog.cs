// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace L7Trace.Probe.Interop;

/// <summary>
/// Collects what libbpf would print, so that it can be shown when something fails and not otherwise. The newest
/// <see cref="MaxBytes"/> bytes are kept: the reason stands at the end.
/// </summary>
internal static unsafe class LibBpfLog
{
    private const int MaxBytes = 64 * 1024;
    private const int MaxLine = 16 * 1024;
    private const int MaxFormatted = 64 * 1024 * 1024;
    private const int DebugLevel = 2;

    private static readonly Lock Gate = new();
    private static readonly Queue<string> Lines = new();
    private static int _bytes;

    /// <summary>Installs the collector; may be called again.</summary>
    internal static void Install() => LibBpf.SetPrint(&Print);

    /// <summary>Forgets what was collected.</summary>
    internal static void Clear()
    {
        lock (Gate)
        {
            Lines.Clear();
            _bytes = 0;
        }
    }

    /// <summary>Gives what was collected, newest last, and forgets it.</summary>
    internal static string Take()
    {
        lock (Gate)
        {
            var text = string.Concat(Lines);
            Lines.Clear();
            _bytes = 0;
            return text;
        }
    }

    // An exception must not cross into libbpf, so everything that can throw is inside the try.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Print(int level, byte* format, void* arguments)
    {
        if (level >= DebugLevel)
        {
            return 0;
        }

        try
        {
            Append(Format(format, arguments));
        }
        catch (OutOfMemoryException)
        {
            // The text is a help only; the error code is reported all the same.
        }

        return 0;
    }

    private static string Format(byte* format, void* arguments)
    {
        // In these ABIs a va_list parameter is a pointer to a plain struct: it can be handed on, and copied by its bytes.
        nuint listSize = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => 24,
            Architecture.Arm64 => 32,
            _ => 0,
        };
        if (listSize == 0)
        {
            return Marshal.PtrToStringUTF8((nint)format) ?? "";
        }

        var copy = stackalloc byte[(int)listSize];
        NativeMemory.Copy(arguments, copy, listSize);
        var length = LibC.FormatArguments(null, 0, format, copy);
        return length is <= 0 or > MaxFormatted ? "" : FormatTail(format, arguments, length);
    }

    /// <summary>A verifier's log is formatted as one line of megabytes, with the reason at its end.</summary>
    private static string FormatTail(byte* format, void* arguments, int length)
    {
        var buffer = (byte*)NativeMemory.Alloc((nuint)length + 1);
        try
        {
            _ = LibC.FormatArguments(buffer, (nuint)length + 1, format, arguments);
            var kept = Math.Min(length, MaxLine);
            return Encoding.UTF8.GetString(buffer + (length - kept), kept);
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    private static void Append(string line)
    {
        lock (Gate)
        {
            Lines.Enqueue(line);
            _bytes += line.Length;
            while (_bytes > MaxBytes && Lines.TryDequeue(out var oldest))
            {
                _bytes -= oldest.Length;
            }
        }
    }
}
