// SPDX-License-Identifier: GPL-2.0-only
package weave;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The kernel's source in figures: which function stands in which file and lines. {@code samples/resources/kernel/functions.csv}. */
public final class KernelSource {
    private KernelSource() {}

    /** Functions of the rest of the kernel that the machine has, too: they begin the work of softirqs and workers. */
    private static final Set<String> MACHINE = Set.of("__do_softirq", "run_timer_softirq", "tasklet_action", "process_one_work",
            "run_ksoftirqd", "schedule_timeout", "sys_close", "sys_poll", "sys_read", "sys_write", "sys_ioctl", "sys_fcntl");

    /** Global functions that the compiler of the recorded kernel put into a caller in the same file. */
    private static final Set<String> COMPILED_IN = Set.of("sock_create", "sock_release");

    /** How it is compiled. */
    public enum Linkage {
        GLOBAL,
        STATIC,
        INLINE
    }

    /** A function: {@code net/ipv4/tcp_input.c}, lines from and to. */
    public record Entry(String file, int line, int end, Linkage linkage, String name) {}

    private static Map<String, List<Entry>> entries;

    /** All functions, by name. */
    public static synchronized Map<String, List<Entry>> entries() {
        if (entries == null) {
            Map<String, List<Entry>> found = new LinkedHashMap<>();
            for (String l : lines("functions.csv")) {
                String[] w = l.split(",");
                Linkage linkage = w[3].equals("g") ? Linkage.GLOBAL : w[3].equals("s") ? Linkage.STATIC : Linkage.INLINE;
                found.computeIfAbsent(w[4], k -> new ArrayList<>(1))
                        .add(new Entry(w[0], Integer.parseInt(w[1]), Integer.parseInt(w[2]), linkage, w[4]));
            }
            entries = found;
        }
        return entries;
    }

    /** The lines of one of our tables, without its title. */
    public static List<String> lines(String table) {
        try (InputStream in = KernelSource.class.getResourceAsStream("/kernel/" + table)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().skip(1).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Can a tracer see it? In C it cannot see what is compiled into the caller. */
    static boolean traced(String name, boolean inlines) {
        List<Entry> found = entries().get(name);
        return found == null ? MACHINE.contains(name)
                : inlines || !COMPILED_IN.contains(name) && found.stream().anyMatch(e -> e.linkage() != Linkage.INLINE);
    }

    /** The C file of a function of ours; of several of that name the one that belongs to the package. */
    static String fileOf(String className, String name) {
        List<Entry> found = entries().getOrDefault(name, List.of());
        for (Entry e : found) {
            if (packageOf(e.file()).equals(className.substring(0, className.lastIndexOf('.')))) {
                return e.file();
            }
        }
        return found.isEmpty() ? "" : found.get(0).file();
    }

    /** {@code net/ipv4/tcp_input.c} is the package {@code tcp_input}, {@code include/net/tcp.h} is {@code net.tcp}. */
    public static String packageOf(String file) {
        String stem = file.substring(0, file.lastIndexOf('.'));
        return stem.startsWith("include/") ? stem.substring("include/".length()).replace('/', '.') : stem.substring(stem.lastIndexOf('/') + 1);
    }
}
