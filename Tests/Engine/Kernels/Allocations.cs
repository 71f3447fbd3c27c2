namespace SoundSearch.Tests.Engine.Kernels;

internal static class Allocations
{
    /// <summary>Asserts that the action, once warm, leaves the garbage collector's heap alone.</summary>
    public static void None(Action action)
    {
        for (int i = 0; i < 3; i++)
        {
            action();
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
