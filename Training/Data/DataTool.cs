using System.Diagnostics;

namespace SoundSearch.Training.Data;

/// <summary>Programs that fetch and unpack data (apt-get, dpkg-deb, npm).</summary>
internal static class DataTool
{
    /// <summary>Runs a program to its end in a folder.</summary>
    /// <exception cref="IOException">It is not there, or fails.</exception>
    public static void Run(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true };
        Process process;
        try
        {
            process = Process.Start(start) ?? throw new IOException($"{program} did not start");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            string remedy = program == "npm" ? "install it, or put the package's .tgz file where it is looked for" : "Debian's packages can only be used on Debian and its kin";
            throw new IOException($"{program} is not on this machine; {remedy}.", e);
        }
        using (process)
        {
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new IOException($"{program} {string.Join(' ', arguments)} failed ({process.ExitCode}): {errors.Trim()}");
            }
        }
    }
}
