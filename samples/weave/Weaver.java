// SPDX-License-Identifier: GPL-2.0-only
package weave;

import static net.bytebuddy.matcher.ElementMatchers.isStatic;
import static net.bytebuddy.matcher.ElementMatchers.isSynthetic;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.not;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.Set;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.method.ParameterDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.scaffold.MethodGraph;
import net.bytebuddy.dynamic.scaffold.TypeValidation;
import net.bytebuddy.implementation.Implementation;
import net.bytebuddy.implementation.bytecode.constant.IntegerConstant;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.pool.TypePool;

/**
 * Puts a probe at the entry and the exit of each function of the kernel in a class: those of the packages below {@code include},
 * {@code net-ipv4} and {@code net-mptcp} that Linux has and that a C compiler would not compile into their callers.
 */
final class Weaver {
    /** In a probe: which function it is in. */
    @Retention(RetentionPolicy.RUNTIME)
    @interface Id {}

    /** The packages of the samples: they are loaded as they are. */
    private static final Set<String> OURS = Set.of("main", "scenario", "capture", "copy", "bench", "map", "trace", "weave", "packetdrill");

    /** Who looks at packets must be seen too, so that what it does can be left out. */
    private static final Set<String> TAPS = Set.of("linux.netdevice.PacketTap", "linux.relay.Relay$Line");

    private final ClassFileLocator classes;
    private final TypePool types;
    private final boolean inlines;
    private final Advice probe;
    private final ByteBuddy buddy = new ByteBuddy()
            .with(TypeValidation.DISABLED)
            .with(MethodGraph.Compiler.ForDeclaredMethods.INSTANCE)
            .with(Implementation.Context.Disabled.Factory.INSTANCE);

    Weaver(ClassLoader loader, boolean inlines) {
        this.inlines = inlines;
        classes = ClassFileLocator.ForClassLoader.of(loader.getParent());
        types = TypePool.Default.WithLazyResolution.of(classes);
        probe = Advice.withCustomMapping().bind(new FunctionId()).to(Hooks.class, classes);
    }

    /** @return the class with probes, or {@code code} itself if it needs none */
    byte[] weave(String name, byte[] code) {
        int dot = name.indexOf('.');
        if (dot < 0 || OURS.contains(name.substring(0, dot)) || !name.substring(name.lastIndexOf('.') + 1).matches("[A-Z][\\w$]*")) {
            return code;
        }
        TypeDescription type = types.describe(name).resolve();
        ElementMatcher.Junction<MethodDescription> kernel = isStatic().and(not(isSynthetic())).and(this::isKernel);
        if (TAPS.contains(name)) {
            kernel = named("receive");
        }
        if (type.getDeclaredMethods().filter(kernel).isEmpty()) {
            return code;
        }
        ClassFileLocator here = new ClassFileLocator.Compound(ClassFileLocator.Simple.of(name, code), classes);
        return buddy.redefine(type, here).visit(probe.on(kernel)).make(types).getBytes();
    }

    private boolean isKernel(MethodDescription m) {
        return !m.isAbstract() && KernelSource.traced(m.getInternalName(), inlines);
    }

    /** Numbers the functions as they are woven. */
    private static final class FunctionId implements Advice.OffsetMapping.Factory<Id> {
        @Override
        public Class<Id> getAnnotationType() {
            return Id.class;
        }

        @Override
        public Advice.OffsetMapping make(ParameterDescription.InDefinedShape target,
                net.bytebuddy.description.annotation.AnnotationDescription.Loadable<Id> annotation, AdviceType adviceType) {
            return (type, method, assigner, handler, sort) ->
                    new Advice.OffsetMapping.Target.ForStackManipulation(IntegerConstant.forValue(number(type, method)));
        }

        private static int number(TypeDescription type, MethodDescription method) {
            String[] parameters = method.getParameters().stream().map(ParameterDescription::getName).toArray(String[]::new);
            return Functions.number(type.getName(), method.getInternalName(), parameters, method.getReturnType().represents(boolean.class));
        }
    }
}
