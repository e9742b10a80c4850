// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Bpf;

/// <summary>What was loaded, and why nothing better was.</summary>
/// <param name="Object">The object, loaded and not attached.</param>
/// <param name="Refusals">Backends that were tried before it.</param>
internal sealed record LoadedObject(L7Object Object, IReadOnlyList<BackendRefusal> Refusals);
