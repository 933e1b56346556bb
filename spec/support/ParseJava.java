import com.sun.source.util.JavacTask;
import java.io.File;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/** Parses files, without the classes that they use. */
class ParseJava {
    public static void main(String[] names) throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        var found = new DiagnosticCollector<JavaFileObject>();
        var manager = compiler.getStandardFileManager(found, Locale.ROOT, null);
        var files = manager.getJavaFileObjectsFromFiles(Arrays.stream(names).map(File::new).collect(Collectors.toList()));
        ((JavacTask) compiler.getTask(null, manager, found, null, null, files)).parse();
        found.getDiagnostics().forEach(System.err::println);
        if (found.getDiagnostics().stream().anyMatch(d -> d.getKind() == Diagnostic.Kind.ERROR)) System.exit(1);
    }
}
