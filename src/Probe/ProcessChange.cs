// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe;

/// <summary>What happened to a process in scope. Values equal <c>enum l7_process_change</c>.</summary>
public enum ProcessChange
{
    /// <summary>It was forked by a process in scope.</summary>
    Fork = 1,

    /// <summary>It runs another program.</summary>
    Exec = 2,

    /// <summary>Its last thread ended.</summary>
    Exit = 3,

    /// <summary>It is about to map a file to execute it: a library, which may be one of TLS.</summary>
    Map = 4,
}
