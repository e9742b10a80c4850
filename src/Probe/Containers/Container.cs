// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Containers;

/// <summary>A container that an engine runs.</summary>
/// <param name="Id">64 hexadecimal digits.</param>
/// <param name="Name">Its name.</param>
public readonly record struct Container(string Id, string Name);
