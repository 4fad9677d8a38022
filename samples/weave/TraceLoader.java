// SPDX-License-Identifier: GPL-2.0-only
package weave;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.util.HashMap;
import java.util.Map;

/**
 * Loads this project's classes a second time, with probes in the functions of the kernel: {@link Weaver} puts them in as each class is
 * loaded. A program that runs in such a loader can be traced; one that does not never hears of it, which is why tracing costs nothing
 * while it is off. No agent and no option of the Java machine is needed, and a debugger's breakpoints hold in here as everywhere.
 *
 * <p>The classes of this package are shared by both sides. They know nothing of the kernel.
 */
public final class TraceLoader extends ClassLoader {
    private static final String SHARED = TraceLoader.class.getPackageName() + ".";

    static {
        registerAsParallelCapable();
    }

    /** Loading takes a second or two: a second program gets the classes of the first. */
    private static final Map<Boolean, TraceLoader> loaders = new HashMap<>();

    private final Weaver weaver;
    private final String base;

    /** @param inlines shall functions be seen that C compiles into their callers? */
    private TraceLoader(boolean inlines) {
        super("traced", TraceLoader.class.getClassLoader());
        base = baseOf(getParent().getResource(fileOf(TraceLoader.class.getName())), TraceLoader.class.getName());
        weaver = new Weaver(this, inlines);
    }

    /** Is the calling program one that can be traced? */
    public static boolean traces(Class<?> caller) {
        return caller.getClassLoader() instanceof TraceLoader;
    }

    /**
     * Runs {@code static int run(String[])} of a class of ours, with probes.
     *
     * @return what it returns
     */
    public static int run(String className, boolean inlines, String[] args) {
        try {
            Method run = loader(inlines).loadClass(className).getDeclaredMethod("run", String[].class);
            run.setAccessible(true);
            return (int) run.invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            throw sneaky(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(className + " has no int run(String[])", e);
        }
    }

    private static synchronized TraceLoader loader(boolean inlines) {
        return loaders.computeIfAbsent(inlines, TraceLoader::new);
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> Error sneaky(Throwable e) throws T {
        throw (T) e;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> c = findLoadedClass(name);
            if (c == null && !name.startsWith("java.") && !name.startsWith(SHARED)) {
                URL file = getParent().getResource(fileOf(name));
                if (file != null && base.equals(baseOf(file, name))) {
                    c = define(name, file);
                }
            }
            return c != null ? c : super.loadClass(name, resolve);
        }
    }

    private Class<?> define(String name, URL file) throws ClassNotFoundException {
        try (InputStream in = file.openStream()) {
            byte[] code = weaver.weave(name, in.readAllBytes());
            return defineClass(name, code, 0, code.length, TraceLoader.class.getProtectionDomain());
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    private static String fileOf(String className) {
        return className.replace('.', '/') + ".class";
    }

    /** The folder or archive that a class comes from. */
    private static String baseOf(URL file, String className) {
        String s = file.toString();
        return s.substring(0, s.length() - fileOf(className).length());
    }

    /** The folder or archive with this project's classes. */
    public static URL classes() {
        try {
            String name = TraceLoader.class.getName();
            return new URL(baseOf(TraceLoader.class.getResource(TraceLoader.class.getSimpleName() + ".class"), name));
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }
}
