// SPDX-License-Identifier: Apache-2.0
global using Xunit;
using Xunit.Sdk;
using Xunit.v3;

// Each test loads the machine; two at once would only measure each other.
[assembly: Parallelization(Mode = ParallelMode.None)]
