// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Errors;

/// <summary>Something that the kernel must be able to do.</summary>
/// <param name="Id">Stable id, kebab-case.</param>
/// <param name="Name">Its name, as it follows "the kernel has no".</param>
/// <param name="Fix">Where it comes from: advice, never a reason to decide.</param>
internal sealed record KernelFeature(string Id, string Name, string Fix);
