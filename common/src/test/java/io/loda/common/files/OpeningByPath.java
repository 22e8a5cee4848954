package io.loda.common.files;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FileReader;
import java.io.FileWriter;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.zip.ZipFile;

/**
 * The rule that nobody but {@link SafeFiles} opens, lists, walks or copies by path, where somebody
 * else may have put something else meanwhile. Those that touch only the agent's own files, or the
 * kernel's, are named.
 */
public final class OpeningByPath {

  private static final Set<String> METHODS =
      Set.of(
          "walk",
          "walkFileTree",
          "find",
          "list",
          "newDirectoryStream",
          "copy",
          "lines",
          "readAllBytes",
          "readAllLines",
          "readString",
          "newBufferedReader",
          "newByteChannel",
          "newInputStream",
          "newBufferedWriter",
          "newOutputStream",
          "write",
          "writeString");

  private static final Set<Class<?>> STREAMS =
      Set.of(
          FileInputStream.class,
          FileOutputStream.class,
          FileReader.class,
          FileWriter.class,
          RandomAccessFile.class,
          JarFile.class,
          ZipFile.class);

  private OpeningByPath() {}

  /**
   * The rule.
   *
   * @param but simple names of the classes that may, with all that is in them
   */
  public static ArchRule refused(Set<String> but) {
    return noClasses()
        .that(
            DescribedPredicate.<JavaClass>describe(
                "aren't named as those of the agent's own files",
                type -> !but.contains(outermost(type).getSimpleName())))
        .and()
        .resideOutsideOfPackage("io.loda.common.files")
        .should()
        .accessTargetWhere(DescribedPredicate.describe("it opens by path", OpeningByPath::opens))
        .because(
            "somebody else may have put something else there; use SafeFiles, or name the class"
                + " where the rule is, if it touches the agent's own or the kernel's files only");
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(OpeningByPath::outermost).orElse(type);
  }

  private static boolean opens(JavaAccess<?> access) {
    if (!(access.getTarget() instanceof AccessTarget.CodeUnitAccessTarget target)) {
      return false;
    }
    JavaClass owner = target.getOwner();
    String name = target.getName();
    if (STREAMS.stream().anyMatch(owner::isEquivalentTo)) {
      return name.equals("<init>")
          && target.getRawParameterTypes().stream()
              .anyMatch(
                  type -> type.isEquivalentTo(String.class) || type.isEquivalentTo(File.class));
    }
    return (owner.isEquivalentTo(Files.class) && METHODS.contains(name))
        || (owner.isEquivalentTo(Path.class) && name.equals("toRealPath"))
        || (owner.isEquivalentTo(FileChannel.class) && name.equals("open"))
        || (owner.isEquivalentTo(File.class) && Set.of("list", "listFiles").contains(name));
  }
}
