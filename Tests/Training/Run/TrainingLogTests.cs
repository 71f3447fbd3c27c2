using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Run;

public sealed class TrainingLogTests
{
    [Test]
    public void A_resumed_log_drops_what_came_after_the_checkpoint_and_goes_on_counting_time()
    {
        string path = Path.Combine(Path.GetTempPath(), $"log-{Guid.NewGuid():n}.csv");
        try
        {
            File.WriteAllText(path, "step,samples,seconds,loss\n1,10,5.0,2\n2,20,9.0,1.5\n3,30,14.0,1.2\n4,4"); // killed while writing
            using (var log = new TrainingLog(path, ["loss"], resumeStep: 2, totalSamples: 100, progress: null))
            {
                Assert.That(log.Seconds, Is.GreaterThanOrEqualTo(9));
                log.Row(3, 30, double.NaN);
            }
            string[] lines = File.ReadAllLines(path);
            Assert.That(lines[..3], Is.EqualTo(new[] { "step,samples,seconds,loss", "1,10,5.0,2", "2,20,9.0,1.5" }));
            Assert.That(lines, Has.Length.EqualTo(4));
            Assert.That(lines[3], Does.StartWith("3,30,9.").And.EndsWith(","));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void Progress_shows_rate_and_time_left()
    {
        string path = Path.Combine(Path.GetTempPath(), $"log-{Guid.NewGuid():n}.csv");
        var screen = new StringWriter();
        try
        {
            using var log = new TrainingLog(path, ["loss", "cosine"], 0, 1000, screen);
            log.Row(1, 500, 0.25, double.NaN);
            Assert.That(screen.ToString(), Does.Contain("500 of 1,000 samples").And.Contain("left: loss 0.25").And.Not.Contain("cosine"));
            Assert.That(() => log.Row(2, 600, 0.2), Throws.ArgumentException);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
