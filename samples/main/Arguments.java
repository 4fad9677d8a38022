// SPDX-License-Identifier: GPL-2.0-only
package main;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import linux.init.Machine;
import linux.netem.NetemSettings;

/** The words behind the command: files and names, and options like {@code --loss 1%}, in any order. */
public final class Arguments {
    /** What netem understands; as options they have two dashes in front. */
    private static final List<String> NETEM = List.of("delay", "rate", "loss", "duplicate", "reorder", "corrupt");

    private final List<String> words = new ArrayList<>();
    private final Map<String, String> options = new HashMap<>();
    private final Map<String, String> sysctls = new LinkedHashMap<>();

    /** Names of options, for {@link #parse}. */
    public static Set<String> and(Set<String> some, String... more) {
        Set<String> all = new HashSet<>(some);
        all.addAll(Arrays.asList(more));
        return all;
    }

    /**
     * @param args all of them
     * @param from where to begin: behind the command
     * @param withValue options that are followed by a value
     * @param flags options that are not
     */
    public static Arguments parse(String[] args, int from, Set<String> withValue, Set<String> flags) throws UsageException {
        Arguments a = new Arguments();
        for (int i = from; i < args.length; i++) {
            String arg = args[i];
            if (!arg.startsWith("--")) {
                a.words.add(arg);
                continue;
            }
            String name = arg.substring(2);
            if (flags.contains(name)) {
                a.options.put(name, "");
            } else if (!withValue.contains(name)) {
                throw new UsageException("unknown option " + arg + (from == 0 ? "" : " of " + args[from - 1]) + "; --help explains what there is");
            } else if (i + 1 == args.length) {
                throw new UsageException(arg + " needs a value");
            } else if (name.equals("sysctl")) {
                a.sysctl(args[++i]);
            } else if (a.options.put(name, args[++i]) != null) {
                throw new UsageException(arg + " is given twice");
            }
        }
        return a;
    }

    private void sysctl(String setting) throws UsageException {
        int eq = setting.indexOf('=');
        if (eq <= 0) {
            throw new UsageException("--sysctl " + setting + ": expected NAME=VALUE");
        }
        sysctls.put(setting.substring(0, eq), setting.substring(eq + 1));
    }

    /** Exactly {@code names.length} words, which the usage calls so. */
    public void expectWords(String... names) throws UsageException {
        if (words.size() < names.length) {
            throw new UsageException("expected " + String.join(" ", Arrays.asList(names).subList(words.size(), names.length)));
        }
        if (words.size() > names.length) {
            throw new UsageException("\"" + words.get(names.length) + "\" is too much");
        }
    }

    public List<String> words() {
        return words;
    }

    public String word(int i) {
        return words.get(i);
    }

    public boolean has(String option) {
        return options.containsKey(option);
    }

    /** The value of an option, or null. */
    public String get(String option) {
        return options.get(option);
    }

    public Map<String, String> sysctls() {
        return sysctls;
    }

    /** {@code --seed}. */
    public long seed() throws UsageException {
        return seed(Machine.DEFAULT_SEED);
    }

    /** {@code --seed}, or else this one. */
    public long seed(long otherwise) throws UsageException {
        String s = options.get("seed");
        try {
            return s == null ? otherwise : Long.parseLong(s);
        } catch (NumberFormatException e) {
            throw new UsageException("--seed " + s + ": expected a whole number");
        }
    }

    /** What the options ask of netem, or null if they ask for nothing. */
    public NetemSettings netem() throws UsageException {
        StringBuilder text = new StringBuilder();
        for (String name : NETEM) {
            if (has(name)) {
                text.append(name).append(' ').append(get(name)).append(' ');
            }
        }
        if (text.length() == 0) {
            return null;
        }
        try {
            return NetemSettings.parse(text + "limit 100000 seed " + seed());
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage());
        }
    }

    /** A file that is to be written: its folder must exist. Null if the option is not given. */
    public Path output(String option) throws UsageException {
        return has(option) ? writable(get(option)) : null;
    }

    /** The same for a word. */
    public static Path writable(String name) throws UsageException {
        Path p = Path.of(name);
        Path folder = p.toAbsolutePath().getParent();
        if (Files.isDirectory(p)) {
            throw new UsageException(name + " is a folder");
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw new UsageException(name + ": there is no folder " + folder);
        }
        if (Files.exists(p) ? !Files.isWritable(p) : !Files.isWritable(folder)) {
            throw new UsageException(name + " cannot be written");
        }
        return p;
    }
}
