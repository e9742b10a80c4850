// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli;

return new Application(CliEnvironment.Real()).Run(args);
