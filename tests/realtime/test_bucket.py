from realtime.bucket import Bucket


def test_a_bucket_gives_its_burst_at_once_and_then_refills() -> None:
    bucket = Bucket(burst=3, per_s=2, now=0.0)
    assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(0.4)
    assert bucket.take(0.5)
    assert not bucket.take(0.5)


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    bucket = Bucket(burst=2, per_s=100, now=0.0)
    assert [bucket.take(1000.0) for _ in range(3)] == [True, True, False]


def test_a_cheap_thing_costs_less() -> None:
    bucket = Bucket(burst=1, per_s=1, now=0.0)
    assert all(bucket.take(0.0, 0.25) for _ in range(4))
    assert not bucket.take(0.0, 0.25)
