"""SQLAlchemy with pgvector's column types, as pgvector-python documents it."""

import embeddings
from declaration import LIMIT, TENANT, Client, Filter, Index, Place, Search

TABLE = "public.article"
L2 = Index("hnsw", "embedding", "vector_l2_ops")
SEARCHES = (
    Search("default", TABLE, "embedding", "<->", "FROM article ORDER BY article.embedding <->", index=L2),
    Search("filtered", TABLE, "embedding", "<->", "WHERE article.tenant =", filters=(Filter("tenant", "=", ("tenant",)),),
           index=L2, findings=("filtered",)),
    Search("cosine", TABLE, "embedding", "<=>", "article.embedding <=>", index=Index("hnsw", "embedding", "vector_cosine_ops")),
    Search("joined", TABLE, "embedding", "<->", "JOIN owner", index=L2,
           filters=(Filter("name", "=", ("name",), table="public.owner"),), findings=("filtered",),
           needs="The filter is on a joined table: no index on the searched table can hold it."),
    Search("halfvec", TABLE, "embedding", "<->", "HALFVEC", cast="halfvec({dimensions})",
           index=Index("hnsw", "(embedding::halfvec({dimensions}))", "halfvec_l2_ops")),
    Search("untyped", "public.leaflet", "embedding", "<->", "FROM leaflet",
           index=Index("hnsw", "embedding", "vector_l2_ops",
                       after="ALTER TABLE public.leaflet ALTER COLUMN embedding TYPE vector({dimensions})",
                       undo="ALTER TABLE public.leaflet ALTER COLUMN embedding TYPE vector"),
           needs="Dimensions of the column, which is declared as VECTOR without any: its searches do not cast, so that no index on a"
           " cast can serve them."),
)


def models(place: Place) -> tuple:
    from pgvector.sqlalchemy import VECTOR
    from sqlalchemy import BigInteger, ForeignKey, Text
    from sqlalchemy.orm import DeclarativeBase, mapped_column

    class Base(DeclarativeBase):
        pass

    class Owner(Base):
        __tablename__ = "owner"
        name = mapped_column(Text)
        tenant = mapped_column(Text, primary_key=True)

    class Article(Base):
        __tablename__ = "article"
        id = mapped_column(primary_key=True, type_=BigInteger)
        content = mapped_column(Text)
        tenant = mapped_column(Text, ForeignKey("owner.tenant"))
        embedding = mapped_column(VECTOR(place.dimensions))

    class Leaflet(Base):
        __tablename__ = "leaflet"
        id = mapped_column(primary_key=True, type_=BigInteger)
        embedding = mapped_column(VECTOR())

    return Base, Owner, Article, Leaflet


def engine_of(place: Place):
    from sqlalchemy import create_engine

    return create_engine(place.database.uri("postgresql+psycopg"))


def prepare(place: Place) -> None:
    from sqlalchemy.orm import Session

    place.database.execute("CREATE EXTENSION IF NOT EXISTS vector")
    base, owner, article, leaflet = models(place)
    engine = engine_of(place)
    base.metadata.create_all(engine)
    rows = embeddings.rows(place.rows, place.dimensions)
    with Session(engine) as session:
        session.add_all(owner(tenant=tenant, name=f"the owner of {tenant}") for tenant in sorted({row.tenant for row in rows}))
        session.flush()
        session.add_all(article(id=r.number, content=r.text, tenant=r.tenant, embedding=r.embedding) for r in rows)
        session.add_all(leaflet(id=r.number, embedding=r.embedding) for r in rows)
        session.commit()
    engine.dispose()


def search(place: Place, search: Search, times: int) -> list[int]:
    from pgvector.sqlalchemy import HALFVEC
    from sqlalchemy import cast, select
    from sqlalchemy.orm import Session

    _, owner, article, leaflet = models(place)
    engine = engine_of(place)
    found = []
    with Session(engine) as session:
        for number in range(times):
            vector = embeddings.query(number, place.dimensions)
            nearest = select(article).order_by(article.embedding.l2_distance(vector)).limit(LIMIT)
            statement = {
                "filtered": nearest.where(article.tenant == TENANT),
                "cosine": select(article).order_by(article.embedding.cosine_distance(vector)).limit(LIMIT),
                "joined": nearest.join(owner).where(owner.name == f"the owner of {TENANT}"),
                "halfvec": select(article).order_by(
                    cast(article.embedding, HALFVEC(place.dimensions)).l2_distance(vector)
                ).limit(LIMIT),
                "untyped": select(leaflet).order_by(leaflet.embedding.l2_distance(vector)).limit(LIMIT),
            }.get(search.name, nearest)
            found.append(len(session.scalars(statement).all()))
            place.hold()
            session.commit()
    engine.dispose()
    return found


def drop(place: Place) -> None:
    place.database.execute("DROP TABLE IF EXISTS article, owner, leaflet")


CLIENT = Client(
    "sqlalchemy", "SQLAlchemy", ("sqlalchemy", "pgvector"),
    "A SELECT of all columns with the distance in ORDER BY, through psycopg.",
    SEARCHES, prepare, search, drop,
)
