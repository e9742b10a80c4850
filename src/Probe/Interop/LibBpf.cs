// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace L7Trace.Probe.Interop;

/// <summary>
/// The libbpf functions in use; all of them are in 1.1 (Debian 12). Functions that return int give a negative errno,
/// functions that return a pointer give null and set errno.
/// </summary>
internal static unsafe partial class LibBpf
{
    /// <summary>Found as this file by the ordinary runtime; linked statically into the Native AOT binary.</summary>
    private const string Library = "libbpf.so.1";

    [LibraryImport(Library, EntryPoint = "libbpf_version_string")]
    internal static partial byte* VersionString();

    [LibraryImport(Library, EntryPoint = "libbpf_set_print")]
    internal static partial nint SetPrint(delegate* unmanaged[Cdecl]<int, byte*, void*, int> print);

    [LibraryImport(Library, EntryPoint = "libbpf_num_possible_cpus")]
    internal static partial int PossibleCpus();

    [LibraryImport(Library, EntryPoint = "bpf_object__open_mem", SetLastError = true)]
    internal static partial nint ObjectOpen(byte* bytes, nuint size, ObjectOpenOptions* options);

    [LibraryImport(Library, EntryPoint = "bpf_object__load")]
    internal static partial int ObjectLoad(BpfObjectHandle bpfObject);

    [LibraryImport(Library, EntryPoint = "bpf_object__close")]
    internal static partial void ObjectClose(nint bpfObject);

    [LibraryImport(Library, EntryPoint = "bpf_object__find_map_by_name", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint FindMap(BpfObjectHandle bpfObject, string name);

    [LibraryImport(Library, EntryPoint = "bpf_object__next_program")]
    internal static partial nint NextProgram(BpfObjectHandle bpfObject, nint program);

    [LibraryImport(Library, EntryPoint = "bpf_program__name")]
    internal static partial byte* ProgramName(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_program__section_name")]
    internal static partial byte* ProgramSection(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_program__autoload")]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool ProgramAutoload(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_program__set_autoload")]
    internal static partial int ProgramSetAutoload(nint program, [MarshalAs(UnmanagedType.U1)] bool autoload);

    [LibraryImport(Library, EntryPoint = "bpf_program__attach", SetLastError = true)]
    internal static partial nint ProgramAttach(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_object__find_program_by_name", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint FindProgram(BpfObjectHandle bpfObject, string name);

    [LibraryImport(Library, EntryPoint = "bpf_program__set_attach_target", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ProgramSetAttachTarget(nint program, int objectFd, string function);

    [LibraryImport(Library, EntryPoint = "bpf_program__attach_kprobe", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint AttachKprobe(nint program, [MarshalAs(UnmanagedType.U1)] bool isReturn, string function);

    [LibraryImport(Library, EntryPoint = "bpf_program__attach_perf_event", SetLastError = true)]
    internal static partial nint AttachPerfEvent(nint program, int fd);

    [LibraryImport(Library, EntryPoint = "libbpf_find_vmlinux_btf_id", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int FindKernelType(string name, int attachType);

    [LibraryImport(Library, EntryPoint = "bpf_prog_load")]
    internal static partial int ProgramLoad(
        int type, byte* name, byte* license, ulong* instructions, nuint count, ProgramLoadOptions* options);

    [LibraryImport(Library, EntryPoint = "bpf_raw_tracepoint_open")]
    internal static partial int RawTracepointOpen(byte* name, int program);

    [LibraryImport(Library, EntryPoint = "bpf_obj_get_info_by_fd")]
    internal static partial int GetInfo(int fd, void* info, uint* length);

    [LibraryImport(Library, EntryPoint = "bpf_prog_test_run_opts")]
    internal static partial int TestRun(int program, TestRunOptions* options);

    [LibraryImport(Library, EntryPoint = "bpf_program__attach_uprobe_opts", SetLastError = true)]
    internal static partial nint AttachUprobe(nint program, int processId, byte* path, nuint offset, UprobeOptions* options);

    [LibraryImport(Library, EntryPoint = "bpf_program__set_expected_attach_type")]
    internal static partial int ProgramSetAttachType(nint program, int type);

    [LibraryImport(Library, EntryPoint = "bpf_program__fd")]
    internal static partial int ProgramFd(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_link__destroy")]
    internal static partial int LinkDestroy(nint link);

    [LibraryImport(Library, EntryPoint = "bpf_map__fd")]
    internal static partial int MapFd(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__key_size")]
    internal static partial uint MapKeySize(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__value_size")]
    internal static partial uint MapValueSize(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__max_entries")]
    internal static partial uint MapMaxEntries(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__set_max_entries")]
    internal static partial int MapSetMaxEntries(nint map, uint maxEntries);

    [LibraryImport(Library, EntryPoint = "bpf_map__initial_value")]
    internal static partial byte* MapInitialValue(nint map, nuint* size);

    [LibraryImport(Library, EntryPoint = "bpf_map_create")]
    internal static partial int MapCreate(
        int type, byte* name, uint keySize, uint valueSize, uint maxEntries, void* options);

    /// <summary>1 when the kernel knows the kind of map, 0 when not, else a negative errno.</summary>
    [LibraryImport(Library, EntryPoint = "libbpf_probe_bpf_map_type")]
    internal static partial int ProbeMapType(int type, nint options);

    /// <summary>1 when the kernel knows the kind of program, 0 when not, else a negative errno.</summary>
    [LibraryImport(Library, EntryPoint = "libbpf_probe_bpf_prog_type")]
    internal static partial int ProbeProgramType(int type, nint options);

    [LibraryImport(Library, EntryPoint = "bpf_map_lookup_elem")]
    internal static partial int MapLookup(int fd, void* key, void* value);

    [LibraryImport(Library, EntryPoint = "bpf_map_update_elem")]
    internal static partial int MapUpdate(int fd, void* key, void* value, ulong flags);

    [LibraryImport(Library, EntryPoint = "bpf_map_delete_elem")]
    internal static partial int MapDelete(int fd, void* key);

    [LibraryImport(Library, EntryPoint = "bpf_map_get_next_key")]
    internal static partial int MapNextKey(int fd, void* key, void* nextKey);

    /// <summary>struct bpf_object_open_opts of 1.1; libbpf takes any length that it is told.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ObjectOpenOptions
    {
        internal nuint Size;
        internal byte* ObjectName;
        internal byte RelaxedMaps;
        internal byte* PinRoot;
        internal uint Unused;
        internal byte* Kconfig;
        internal byte* CustomTypes;
        internal byte* KernelLog;
        internal nuint KernelLogSize;
        internal uint KernelLogLevel;
    }

    /// <summary>struct bpf_test_run_opts of 1.1; nothing of it but its size and what the program is given is used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TestRunOptions
    {
        internal nuint Size;
        internal nuint DataIn;
        internal nuint DataOut;
        internal uint DataInSize;
        internal uint DataOutSize;
        internal void* ContextIn;
        internal nuint ContextOut;
        internal uint ContextInSize;
        internal fixed byte Rest[20];
    }

    /// <summary>struct bpf_prog_load_opts, as far as it is used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ProgramLoadOptions
    {
        internal nuint Size;
        internal int Attempts;
        internal int ExpectedAttachType;
        internal uint TypesFd;
        internal uint Flags;
        internal uint InterfaceIndex;
        internal uint KernelVersion;
        internal uint AttachTypeId;
        internal uint AttachProgramFd;
    }

    /// <summary>struct bpf_uprobe_opts, as far as it is used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UprobeOptions
    {
        internal nuint Size;
        internal nuint ReferenceCounter;
        internal ulong Cookie;
        internal byte IsReturn;
        internal byte* FunctionName;
    }
}
