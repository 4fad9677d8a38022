// SPDX-License-Identifier: GPL-2.0-only
package weave;

import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;

/** The probes. Byte Buddy copies these bodies into the functions; nobody calls them here. */
final class Hooks {
    private Hooks() {}

    @Advice.OnMethodEnter
    static void enter(@Weaver.Id int function, @Advice.AllArguments Object[] args) {
        trace.Probe.enter(function, args);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class)
    static void exit(@Weaver.Id int function, @Advice.Return(typing = Assigner.Typing.DYNAMIC) Object result) {
        trace.Probe.exit(function, result);
    }
}
